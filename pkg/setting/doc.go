// Package setting reads the configuration from the environment.
//
// Load fills a struct by its `env` tags (sethvargo/go-envconfig) and tells
// every fault at once, each with variable, fault and value, where the library
// stops at the first. Duration takes bare seconds, Size bare megabytes, and a
// Secret is never shown. NAME_FILE gives the content of a file to NAME.
package setting
