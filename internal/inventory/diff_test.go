package inventory_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"aws-sso-config-generator/internal/identitycenter"
	"aws-sso-config-generator/internal/inventory"
)

// made is an inventory of accounts written as "id name: role role".
func made(accounts ...string) inventory.Inventory {
	var i inventory.Inventory
	for _, text := range accounts {
		account, roles, _ := strings.Cut(text, ":")
		id, name, _ := strings.Cut(account, " ")
		i.Accounts = append(i.Accounts, inventory.Account{Account: identitycenter.Account{ID: id, Name: name}, Roles: strings.Fields(roles)})
	}
	return i
}

func TestDiffSaysWhatChanged(t *testing.T) {
	changes := inventory.Diff(
		made("1 gone: a b", "2 old: a b", "3 same: a", "4 emptied: a", "5 unread: a", "6 unread and gone: a"),
		made("0 came: c d", "2 new: b c", "3 same: a", "4 emptied:", "5 failed:", "7 unread before: a", "8 came without roles:"),
		map[string]bool{"5": true, "6": true, "7": true},
	)
	want := inventory.Changes{
		AccountsAppeared:    []inventory.AccountRoles{{AccountID: "0", AccountName: "came", Roles: []string{"c", "d"}}, {AccountID: "8", AccountName: "came without roles", Roles: []string{}}},
		AccountsDisappeared: []inventory.AccountRoles{{AccountID: "1", AccountName: "gone", Roles: []string{"a", "b"}}},
		AccountsRenamed:     []inventory.Rename{{AccountID: "2", OldName: "old", NewName: "new"}},
		RolesAppeared:       []inventory.AccountRoles{{AccountID: "2", AccountName: "new", Roles: []string{"c"}}},
		RolesDisappeared: []inventory.AccountRoles{
			{AccountID: "2", AccountName: "old", Roles: []string{"a"}}, {AccountID: "4", AccountName: "emptied", Roles: []string{"a"}},
		},
	}
	if diff := cmp.Diff(want, changes); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if changes.Empty() {
		t.Error("empty")
	}
}

func TestDiffAsJSON(t *testing.T) {
	for _, test := range []struct {
		before, after inventory.Inventory
		want          string
	}{
		{
			made(), made(),
			`{"accounts_appeared":[],"accounts_disappeared":[],"accounts_renamed":[],"roles_appeared":[],"roles_disappeared":[]}`,
		},
		{
			made("1 one: a", "2 two:"), made("1 uno: b", "3 three:"),
			`{"accounts_appeared":[{"account_id":"3","account_name":"three","roles":[]}],` +
				`"accounts_disappeared":[{"account_id":"2","account_name":"two","roles":[]}],` +
				`"accounts_renamed":[{"account_id":"1","old_name":"one","new_name":"uno"}],` +
				`"roles_appeared":[{"account_id":"1","account_name":"uno","roles":["b"]}],` +
				`"roles_disappeared":[{"account_id":"1","account_name":"one","roles":["a"]}]}`,
		},
	} {
		got, err := json.Marshal(inventory.Diff(test.before, test.after, nil))
		if err != nil || string(got) != test.want {
			t.Errorf("got  %s\nwant %s\n%v", got, test.want, err)
		}
	}
}

func drawInventory(t *rapid.T, label string) inventory.Inventory {
	var i inventory.Inventory
	ids := rapid.SliceOfNDistinct(rapid.IntRange(0, 9), 0, 6, rapid.ID[int]).Draw(t, label)
	slices.Sort(ids)
	for _, id := range ids {
		i.Accounts = append(i.Accounts, inventory.Account{
			Account: identitycenter.Account{ID: fmt.Sprint(id), Name: rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "name")},
			Roles:   slices.Sorted(slices.Values(rapid.SliceOfNDistinct(rapid.StringMatching(`[a-d]`), 0, 3, rapid.ID[string]).Draw(t, "roles"))),
		})
	}
	return i
}

func TestDiffOfTheSameIsEmpty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		i := drawInventory(t, "inventory")
		if changes := inventory.Diff(i, i, nil); !changes.Empty() {
			t.Fatalf("%+v", changes)
		}
	})
}

func TestDiffIsAntisymmetric(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		before, after := drawInventory(t, "before"), drawInventory(t, "after")
		unread := map[string]bool{fmt.Sprint(rapid.IntRange(0, 9).Draw(t, "unread")): true}
		there, back := inventory.Diff(before, after, unread), inventory.Diff(after, before, unread)
		back.AccountsAppeared, back.AccountsDisappeared = back.AccountsDisappeared, back.AccountsAppeared
		back.RolesAppeared, back.RolesDisappeared = back.RolesDisappeared, back.RolesAppeared
		for i, r := range back.AccountsRenamed {
			back.AccountsRenamed[i].OldName, back.AccountsRenamed[i].NewName = r.NewName, r.OldName
		}
		if diff := cmp.Diff(there, back); diff != "" {
			t.Fatalf("-there +back:\n%s", diff)
		}
	})
}

// What was there, with the changes, is what is there now; but for what nobody
// could read, of which nothing is said.
func TestDiffTellsEverything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		before, after := drawInventory(t, "before"), drawInventory(t, "after")
		unread := map[string]bool{fmt.Sprint(rapid.IntRange(0, 9).Draw(t, "unread")): true}
		changes := inventory.Diff(before, after, unread)

		facts := func(i inventory.Inventory) map[string]bool {
			set := map[string]bool{}
			for _, a := range i.Accounts {
				if unread[a.ID] {
					continue
				}
				set["name "+a.ID+" "+a.Name] = true
				for _, role := range a.Roles {
					set["role "+a.ID+" "+role] = true
				}
			}
			return set
		}
		got := facts(before)
		change := func(list []inventory.AccountRoles, accounts, come bool) {
			for _, a := range list {
				if accounts {
					got["name "+a.AccountID+" "+a.AccountName] = come
				}
				for _, role := range a.Roles {
					if got["role "+a.AccountID+" "+role] == come {
						t.Fatalf("no change: %+v", a)
					}
					got["role "+a.AccountID+" "+role] = come
				}
			}
			if !slices.IsSortedFunc(list, func(a, b inventory.AccountRoles) int { return strings.Compare(a.AccountID, b.AccountID) }) {
				t.Fatalf("not sorted: %+v", list)
			}
		}
		change(changes.AccountsDisappeared, true, false)
		change(changes.AccountsAppeared, true, true)
		change(changes.RolesDisappeared, false, false)
		change(changes.RolesAppeared, false, true)
		for _, r := range changes.AccountsRenamed {
			got["name "+r.AccountID+" "+r.OldName] = false
			got["name "+r.AccountID+" "+r.NewName] = true
		}
		for fact, holds := range got {
			if !holds {
				delete(got, fact)
			}
		}
		if diff := cmp.Diff(facts(after), got); diff != "" {
			t.Fatalf("-after +told:\n%s", diff)
		}
	})
}
