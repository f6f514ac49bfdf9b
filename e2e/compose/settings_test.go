package compose

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/donhk/istream/e2e/internal/repo"
)

// image holds the settings that are the image's: folders that volumes are
// mounted on.
var image = []string{"LOCAL_SERVER_BACKUP_DIRECTORY", "BUS_DIR", "HEALTH_DIR"}

func TestEverySettingReachesAService(t *testing.T) {
	compose := read(t, "docker-compose.yml")
	settings := regexp.MustCompile(`(?m)^([A-Z0-9_]+)=`).FindAllStringSubmatch(read(t, ".env.example"), -1)
	if len(settings) == 0 {
		t.Fatal("no setting in .env.example")
	}
	for _, found := range settings {
		name := found[1]
		handedOn := regexp.MustCompile(`(?m)^ +` + name + `: \$\{` + name).MatchString(compose)
		if ofImage := strings.Contains(strings.Join(image, " "), name); handedOn == ofImage {
			t.Errorf("%s of .env.example: handed on by docker-compose.yml: %v, want %v", name, handedOn, !ofImage)
		}
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(repo.Root(t), name))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}
