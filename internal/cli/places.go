package cli

import (
	"path/filepath"
	"runtime"
)

// A place is where a system has files of one kind.
type place struct {
	variable      string // of the XDG base directory specification
	windows       string // variable of Windows
	darwin, other string // below the home directory
}

var (
	// cachePlace is for what can be found again.
	cachePlace = place{"XDG_CACHE_HOME", "LocalAppData", filepath.Join("Library", "Caches"), ".cache"}
	// statePlace is for what cannot, and must not be lost with a cache.
	statePlace = place{"XDG_STATE_HOME", "LocalAppData", filepath.Join("Library", "Application Support"), filepath.Join(".local", "state")}
	// settingsPlace is for what the person wrote.
	settingsPlace = place{"XDG_CONFIG_HOME", "AppData", filepath.Join("Library", "Application Support"), ".config"}
)

// words is where ours is, for people.
func (p place) words() string {
	switch runtime.GOOS {
	case "windows":
		return filepath.Join("%"+p.windows+"%", program)
	case "darwin":
		return filepath.Join("~", p.darwin, program)
	}
	return filepath.Join("~", p.other, program)
}

// directory is ours in a place.
func (a *app) directory(p place) (string, error) {
	switch directory := a.Getenv(p.variable); {
	case runtime.GOOS == "windows" && a.Getenv(p.windows) != "":
		return filepath.Join(a.Getenv(p.windows), program), nil
	case filepath.IsAbs(directory): // the specification ignores others
		return filepath.Join(directory, program), nil
	}
	home, err := a.home()
	if err != nil {
		return "", err
	}
	if runtime.GOOS == "darwin" {
		return filepath.Join(home, p.darwin, program), nil
	}
	return filepath.Join(home, p.other, program), nil
}
