//go:build compose

package compose

import (
	"strings"
	"testing"
)

// required is the least that docker-compose.yml asks for.
var required = []string{"SITE=attic", "S3_ENDPOINT=http://127.0.0.1:9000", "S3_ACCESS_KEY=key"}

func TestFilesAreClean(t *testing.T) {
	for _, p := range []project{
		{file: "docker-compose.yml", env: append([]string{"S3_SECRET_KEY=secret"}, required...)},
		{file: "docker-compose.yml", env: append([]string{"S3_SECRET_KEY_FILE=key", "CAM_PASS_FILE=pass", "S3_CA_FILE=ca.pem", "RTSPS_CA_FILE=cameras.pem"}, required...)},
		{file: "deploy/compose/all-in-one.yml"},
	} {
		if said := p.must(t, "config", "--quiet"); said != "" {
			t.Errorf("%s: %s", p.file, said)
		}
	}
}

func TestWhatIsMissingIsNamed(t *testing.T) {
	for i, setting := range required {
		name, _, _ := strings.Cut(setting, "=")
		p := project{file: "docker-compose.yml"}
		p.env = append(append(p.env, required[:i]...), required[i+1:]...)
		said, err := p.compose(t, "config", "--quiet")
		if err == nil || !strings.Contains(said, "set "+name+" in .env (see .env.example)") {
			t.Errorf("without %s: %v, %q", name, err, said)
		}
	}
}
