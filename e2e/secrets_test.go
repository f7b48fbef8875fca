package e2e

import (
	"bytes"
	"encoding/json"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// What only the program and the service may know is nowhere else: not in the
// arguments or the environment of any process during the sign-in, not in the
// debug log, not in the file.
func TestSecretsStayInside(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("/proc/self/cmdline"); err != nil {
		lack(t, "/proc")
	}
	h := newHome(t)
	h.emulate("--auto-approve", "--accounts", "5", "--roles", "2")
	witness := h.witness()
	seen := filepath.Join(h.dir, "processes")
	h.export("BROWSER=" + helper("spy "+seen+" %s"))

	p := h.start(binary, "--debug")
	p.exits(0)
	processes, err := os.ReadFile(seen)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(processes), binary) || !strings.Contains(p.said.String(), "level=DEBUG") {
		t.Fatal("the spy did not see the program, or there is no debug log: this test is blind")
	}
	secrets := witness()
	for _, name := range []string{"clientSecret", "codeVerifier", "code", "accessToken"} {
		secret := secrets[name]
		if len(secret) < 40 {
			t.Errorf("no %s went by: this test is blind", name)
			continue
		}
		for place, text := range map[string]string{
			"arguments and environments": string(processes), "debug log": p.said.String(), "output": p.printed.String(), "file": h.readConfig(),
		} {
			if strings.Contains(text, secret) {
				t.Errorf("the %s is in the %s", name, place)
			}
		}
	}
}

// spy writes down the arguments and environments of all processes that it can
// see.
func spy(path string) {
	var seen bytes.Buffer
	for _, file := range []string{"cmdline", "environ"} {
		paths, err := filepath.Glob("/proc/[0-9]*/" + file)
		must("look around", err)
		for _, path := range paths {
			text, _ := os.ReadFile(path) // some end meanwhile, some are not ours
			seen.Write(append(text, '\n'))
		}
	}
	must("write it down", os.WriteFile(path, seen.Bytes(), 0o600))
}

// witness stands between us and the emulator and returns what gives it the
// texts in all JSON that went by, by the name of their member.
func (h *home) witness() func() map[string]string {
	h.t.Helper()
	emulator, err := url.Parse(h.variable("AWS_ENDPOINT_URL_SSO_OIDC"))
	if err != nil {
		h.t.Fatal(err)
	}
	var mu sync.Mutex
	texts := map[string]string{}
	listen := func(body io.ReadCloser) io.ReadCloser {
		data, _ := io.ReadAll(body)
		var members map[string]any
		if json.Unmarshal(data, &members) == nil {
			mu.Lock()
			defer mu.Unlock()
			for name, value := range members {
				if text, ok := value.(string); ok {
					texts[name] = text
				}
			}
		}
		return io.NopCloser(bytes.NewReader(data))
	}
	server := httptest.NewServer(&httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(emulator)
			r.Out.Body = listen(r.In.Body)
		},
		ModifyResponse: func(r *http.Response) error {
			r.Body = listen(r.Body)
			return nil
		},
	})
	h.t.Cleanup(server.Close)
	h.export("AWS_ENDPOINT_URL_SSO_OIDC="+server.URL, "AWS_ENDPOINT_URL_SSO="+server.URL)
	return func() map[string]string {
		mu.Lock()
		defer mu.Unlock()
		return texts
	}
}

// Nobody else can read what we write, however careless the shell is.
func TestFileModes(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	h.emulate("--auto-approve", "--accounts", "5", "--roles", "2")
	h.output("sh", "-c", `umask 0; exec "$0"`, binary)
	err := filepath.WalkDir(filepath.Dir(h.config()), func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: %v", path, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
