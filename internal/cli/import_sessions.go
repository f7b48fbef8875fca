package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"aws-sso-config-generator/internal/awsconfig"
	"aws-sso-config-generator/internal/identitycenter"
	"aws-sso-config-generator/internal/profile"
	"aws-sso-config-generator/internal/settings"
)

// imported are the sessions that are new to the settings.
func (im *importer) imported() (groups []*imported) {
	for _, g := range im.groups {
		if !g.known {
			groups = append(groups, g)
		}
	}
	return groups
}

// group finds the session of every profile. Those that name one come first, because
// the others may be of the same portal.
func (im *importer) group(ctx context.Context) error {
	left := make(map[string][]string)
	for _, named := range []bool{true, false} {
		for _, o := range im.outsiders {
			if (o.Session != "") != named {
				continue
			}
			g, err := im.groupOf(ctx, o)
			switch {
			case errors.Is(err, errCutShort), ctx.Err() != nil:
				return err
			case err != nil:
				left[err.Error()] = append(left[err.Error()], o.Name)
				continue
			}
			g.take(o)
		}
	}
	for _, why := range slices.Sorted(maps.Keys(left)) {
		im.Warn("left out %s: %s", shortList(left[why]), why)
	}
	return nil
}

// groupOf finds the session of a profile, or makes a new one. The error says what is
// wrong with the one that the profile has.
func (im *importer) groupOf(ctx context.Context, o awsconfig.Outsider) (*imported, error) {
	at := profile.Session{Name: o.Session, StartURL: o.StartURL, Region: o.Region}
	if o.SSO != "" {
		portal, err := im.portalOf(ctx, o.SSO)
		if err != nil {
			return nil, err
		}
		at.StartURL, at.Region = portal.StartURL, portal.Region
	}
	if g := im.has(at); g != nil {
		return g, nil
	}
	if err := checkImported(at); err != nil {
		return nil, err
	}
	s := settings.Session{Name: at.Name, StartURL: identitycenter.CanonicalStartURL(at.StartURL), SSORegion: at.Region, KeepSignedIn: im.keepSignedIn}
	if s.Name == "" {
		w := wizard{app: im.app, known: im.drafts(), draft: s}
		s.Name = w.suggestedName(im.config)
	}
	if out, err := filepath.Abs(im.out); err == nil && im.out != "" {
		s.Out = im.short(out)
	}
	switch {
	case im.given("layout"):
		s.Layout = profile.Layout(im.layout)
	case im.target.legacy(im.config, s.Name):
		s.Layout = profile.LayoutLegacy
	}
	return im.add(s, false), nil
}

// has finds the session that a profile belongs to, of the settings or a new one: that
// of its name or, if it has none, one for its portal.
func (im *importer) has(at profile.Session) *imported {
	belongs := func(s settings.Session) bool {
		if at.Name != "" {
			return s.Name == at.Name
		}
		return identitycenter.SameStartURL(s.StartURL, at.StartURL) && (s.SSORegion == at.Region || s.SSORegion == "" || at.Region == "")
	}
	for _, g := range im.groups {
		if belongs(g.Session) {
			return g
		}
	}
	for _, s := range im.known.Sessions {
		if belongs(s) {
			return im.add(s, true)
		}
	}
	return nil
}

func (im *importer) add(s settings.Session, known bool) *imported {
	g := &imported{Session: s, known: known, sso: make(map[string]bool)}
	im.groups = append(im.groups, g)
	return g
}

// take makes a profile one of the session's.
func (g *imported) take(o awsconfig.Outsider) {
	g.profiles = append(g.profiles, o)
	if o.SSO != "" {
		g.sso[o.SSO] = true
	}
}

// drafts are the settings with the sessions that are imported.
func (im *importer) drafts() settings.Settings {
	all := settings.Settings{Sessions: slices.Clone(im.known.Sessions)}
	for _, g := range im.imported() {
		all.Sessions = append(all.Sessions, g.Session)
	}
	return all
}

// checkImported says what is wrong with the session of a profile.
func checkImported(at profile.Session) error {
	in := "the profile"
	if at.Name != "" {
		in = "[sso-session " + at.Name + "]"
		if err := awsconfig.CheckName(at.Name); err != nil {
			return fmt.Errorf("%s: %w", in, err)
		}
		if at.StartURL == "" || at.Region == "" {
			return fmt.Errorf("%s is not in the file, or says no start URL and region", in)
		}
	}
	if at.StartURL == "" {
		return errors.New("there is no start URL")
	}
	if err := checkPortal(at.StartURL, at.Region); err != nil {
		return fmt.Errorf("%s: %w", in, err)
	}
	return nil
}

// portalOf is where aws-sso-cli signs in under a name.
func (im *importer) portalOf(ctx context.Context, name string) (settings.Portal, error) {
	portal, said := im.portals[name]
	if !said && !im.yes {
		q := startURLQuestion("Start URL of " + name + " of aws-sso-cli")
		q.About = []string{
			"There are profiles of aws-sso-cli, and its settings do not say where " + name + " is.",
			"Empty: leave them out.",
		}
		check := q.Check
		q.Check = func(answer string) error {
			if answer == "" {
				return nil
			}
			return check(answer)
		}
		answer, err := im.ask(ctx, q)
		if err != nil {
			return portal, err
		}
		portal.StartURL = wholeStartURL(answer)
		im.portals[name] = portal
	}
	if portal.StartURL == "" {
		return portal, fmt.Errorf("the settings of aws-sso-cli do not say where %q is", name)
	}
	return portal, nil
}

// awsSSOPortals reads the settings of aws-sso-cli, where it has them: AWS_SSO_CONFIG,
// the old place if it is there, else the one of the XDG specification.
func (a *app) awsSSOPortals() map[string]settings.Portal {
	places := []string{a.Getenv("AWS_SSO_CONFIG")}
	if home, err := a.home(); err == nil {
		xdg := a.Getenv("XDG_CONFIG_HOME")
		places = append(places, filepath.Join(home, ".aws-sso", "config.yaml"), filepath.Join(cmp.Or(xdg, filepath.Join(home, ".config")), "aws-sso", "config.yaml"))
	}
	for _, place := range places {
		if info, err := os.Stat(a.expanded(place)); err != nil || !info.Mode().IsRegular() {
			continue
		}
		file, err := os.Open(a.expanded(place))
		if err != nil {
			continue
		}
		data, err := io.ReadAll(io.LimitReader(file, mostOfAFile))
		_ = file.Close()
		if portals := settings.Portals(data); err == nil && len(portals) > 0 {
			return portals
		}
	}
	return make(map[string]settings.Portal)
}

// toolName is what a tool is called for people.
func toolName(tool string) string { return cmp.Or(tool, "the AWS CLI or by hand") }

// sayGroups says what was found.
func (im *importer) sayGroups() {
	if len(im.outsiders) == 0 {
		im.Say("%s has no profiles for roles but ours.", im.target.path)
		return
	}
	if len(im.groups) > 0 {
		im.Say("Profiles for roles in %s that are not ours:", im.target.path)
	}
	for _, g := range im.groups {
		tools := make(map[string]int)
		for _, o := range g.profiles {
			tools[toolName(o.Tool)]++
		}
		var of []string
		for _, tool := range slices.Sorted(maps.Keys(tools)) {
			of = append(of, fmt.Sprintf("%d of %s", tools[tool], tool))
		}
		im.Say("  session %s, %s: %s (%s)", g.Name, g.StartURL, count(len(g.profiles), "profile"), strings.Join(of, ", "))
		if g.known {
			im.Say("    in your settings already, where it stays as it is; a run with --adopt takes profiles over under its names")
		}
	}
}
