package identitycenter

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

// ErrRegion says that a text is not the name of an AWS region.
var ErrRegion = errors.New("not the name of an AWS region")

// regionName is the form of every region's name, in every partition. The SDK
// takes any word for a region of the aws partition, so a typing mistake would
// only show as a host that does not exist.
var regionName = regexp.MustCompile(`^[a-z]{2,4}(-[a-z]{2,4})?-(north|south|east|west|central|(north|south)(east|west))-[1-9][0-9]?$`)

// CheckRegion returns an error that wraps [ErrRegion] unless region has the
// form of an AWS region's name, such as eu-west-1.
func CheckRegion(region string) error {
	if !regionName.MatchString(region) {
		return fmt.Errorf("region %q: %w", region, ErrRegion)
	}
	return nil
}

// notInURL reports characters that RFC 3986 does not have, and those of it that a
// shell or a config file would take for something else.
func notInURL(r rune) bool {
	return r <= ' ' || r > '~' || strings.ContainsRune("\"'`$;\\<>^{|}()*!", r)
}

// SafeToOpen reports whether an address from outside can be shown to a person, and
// given to a program that opens it: it leads to the service, and nothing on the way
// to the browser, such as an opener that is a script, can take it for anything else.
func SafeToOpen(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.User == nil && SafeURL(u) && !strings.ContainsFunc(address, notInURL)
}
