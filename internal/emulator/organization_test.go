package emulator_test

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"aws-sso-config-generator/internal/emulator"
)

func TestOrganize(t *testing.T) {
	id := regexp.MustCompile(`^[0-9]{12}$`)
	role := regexp.MustCompile(`^[\w+=,.@-]{1,32}$`) // CreatePermissionSet
	email := regexp.MustCompile(`^aws\+[a-z0-9-]+@example\.com$`)
	rapid.Check(t, func(t *rapid.T) {
		seed, accounts, roles := rapid.Uint64().Draw(t, "seed"), rapid.IntRange(0, 150).Draw(t, "accounts"), rapid.IntRange(0, 40).Draw(t, "roles")
		organization := emulator.Organize(seed, accounts, roles)
		if diff := cmp.Diff(organization, emulator.Organize(seed, accounts, roles)); diff != "" {
			t.Fatal("not the same twice: " + diff)
		}
		if diff := cmp.Diff(organization.Accounts, emulator.Organize(seed, accounts+10, roles).Accounts[:accounts]); diff != "" {
			t.Fatal("not the beginning of a larger one: " + diff)
		}
		ids, names, nameless, emailless, leadingZeros := map[string]bool{}, map[string]bool{}, 0, 0, 0
		for _, account := range organization.Accounts {
			if !id.MatchString(account.ID) || ids[account.ID] || account.Name != "" && names[account.Name] || len(account.Name) > 50 {
				t.Fatalf("account %+v", account)
			}
			ids[account.ID], names[account.Name] = true, true
			switch {
			case account.Name == "":
				nameless++
			case account.Email == "":
				emailless++
			case !email.MatchString(account.Email):
				t.Fatalf("account %+v", account)
			}
			if strings.HasPrefix(account.ID, "0") {
				leadingZeros++
			}
			if len(account.Roles) != roles || len(slices.Compact(slices.Sorted(slices.Values(account.Roles)))) != roles {
				t.Fatalf("roles of %+v", account)
			}
			for _, name := range account.Roles {
				if !role.MatchString(name) {
					t.Fatalf("role %q", name)
				}
			}
		}
		if len(organization.Accounts) != accounts || accounts >= 40 && (nameless == 0 || emailless == 0 || leadingZeros == 0) {
			t.Fatalf("%d accounts, %d without a name, %d without e-mail, %d with leading zeros", len(organization.Accounts), nameless, emailless, leadingZeros)
		}
	})
}

// The JSON form is a file format.
func TestOrganizationJSON(t *testing.T) {
	text := `{"accounts":[{"id":"012345678901","name":"Büro","email":"aws@example.com","roles":["ReadOnlyAccess"]}]}`
	want := emulator.Organization{Accounts: []emulator.Account{
		{ID: "012345678901", Name: "Büro", Email: "aws@example.com", Roles: []string{"ReadOnlyAccess"}},
	}}
	var got emulator.Organization
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if written, err := json.Marshal(got); err != nil || string(written) != text {
		t.Errorf("%s, %v", written, err)
	}
}
