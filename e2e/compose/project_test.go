//go:build compose

package compose

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/donhk/istream/e2e/internal/repo"
)

// project is a Compose file with the settings that its shell would have.
type project struct {
	file string // below the repository's root
	env  []string
}

// compose runs `docker compose` on the project.
func (p project) compose(t *testing.T, args ...string) (said string, err error) {
	t.Helper()
	binary := os.Getenv("ISTREAM_COMPOSE")
	if binary == "" {
		t.Fatal("ISTREAM_COMPOSE does not say where docker-compose is: run .ci/compose")
	}
	// What the developer keeps in .env is no part of the test.
	args = append([]string{"--env-file", os.DevNull, "--progress", "plain", "-f", p.file}, args...)
	command := exec.Command(binary, args...)
	command.Dir = repo.Root(t)
	for _, name := range []string{"PATH", "HOME", "DOCKER_HOST", "MINIO_IMAGE"} {
		command.Env = append(command.Env, name+"="+os.Getenv(name))
	}
	command.Env = append(command.Env, p.env...)
	output, err := command.CombinedOutput()
	return string(output), err
}

// must is compose, which has to succeed.
func (p project) must(t *testing.T, args ...string) string {
	t.Helper()
	said, err := p.compose(t, args...)
	if err != nil {
		t.Fatalf("docker compose %s: %v\n%s", strings.Join(args, " "), err, said)
	}
	return said
}

// container is what the engine says of one.
type container struct {
	ID     string
	Name   string
	Config struct {
		User, Image string
		Env         []string
	}
	State struct {
		Status string
		Pid    int
		Health *struct{ Status string }
	}
	HostConfig struct {
		NetworkMode    string
		ReadonlyRootfs bool
		CapDrop        []string
		SecurityOpt    []string
		Memory         int64 // bytes
	}
	RestartCount int
}

// containers are those of a service that exist.
func (p project) containers(t *testing.T, service string) []container {
	t.Helper()
	ids := strings.Fields(p.must(t, "ps", "--all", "--quiet", service))
	if len(ids) == 0 {
		return nil
	}
	var all []container
	if err := json.Unmarshal([]byte(docker(t, append([]string{"inspect"}, ids...)...)), &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// healthy reports how many containers of a service the engine calls healthy.
func (p project) healthy(t *testing.T, service string) int {
	t.Helper()
	healthy := 0
	for _, c := range p.containers(t, service) {
		if c.State.Health != nil && c.State.Health.Status == "healthy" {
			healthy++
		}
	}
	return healthy
}

// crash ends a container as the kernel would for want of memory, so that the
// engine starts it again; `docker kill` would be taken for the user's wish.
func (c container) crash(t *testing.T) {
	t.Helper()
	if c.State.Pid == 0 {
		t.Fatalf("%s does not run: it is %s", c.Name, c.State.Status)
	}
	if err := syscall.Kill(c.State.Pid, syscall.SIGKILL); err != nil {
		t.Fatalf("killing %s: %v", c.Name, err)
	}
}

// docker runs the engine's own client and returns what it prints.
func docker(t *testing.T, args ...string) string {
	t.Helper()
	command := exec.Command("docker", args...)
	var failure bytes.Buffer
	command.Stderr = &failure
	output, err := command.Output()
	if err != nil {
		t.Fatalf("docker %s: %v\n%s", strings.Join(args, " "), err, &failure)
	}
	return string(output)
}
