package atomicfile

import (
	"os"
	"regexp"
	"time"
)

// An hour is longer than any run writes, and shorter than anybody wonders.
const stale = time.Hour

// What createTemp makes; a person's own ".aws-sso-config-generator-notes" is not.
var temporary = regexp.MustCompile(`^\.aws-sso-config-generator-[0-9]+$`)

// createTemp opens with O_EXCL: it cannot be led elsewhere by a planted link.
func createTemp(dir string) (*os.File, error) {
	return os.CreateTemp(dir, ".aws-sso-config-generator-*")
}

// sweep removes what killed runs left in dir. What is stale is measured from
// temp, which was made there just now: a file server has a clock of its own. A
// run that was suspended for so long, and comes back, finds its file gone, says
// so, and has changed nothing. What cannot be removed harms nobody.
func sweep(dir string, temp *os.File) {
	now, err := temp.Stat()
	if err != nil {
		return
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, entry := range entries {
		if !temporary.MatchString(entry.Name()) || !entry.Type().IsRegular() {
			continue
		}
		if info, err := entry.Info(); err == nil && info.Mode().IsRegular() && now.ModTime().Sub(info.ModTime()) > stale {
			_ = os.Remove(within(dir, entry.Name()))
		}
	}
}
