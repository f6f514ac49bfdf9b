module github.com/donhk/istream/services/janitor

go 1.26.0

replace github.com/donhk/istream/pkg => ../../pkg
