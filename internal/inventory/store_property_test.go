package inventory_test

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"aws-sso-config-generator/internal/identitycenter"
	"aws-sso-config-generator/internal/inventory"
)

// A journal that ends anywhere is exactly the accounts that were finished before
// its end, and can be gone on with.
func TestStoreReadsWhatAKilledRunLeft(t *testing.T) {
	s, dir := newStore(t)
	j := begin(t, s, inventory.Snapshot{})
	path := file(t, dir, ".progress")
	type step struct {
		size     int64
		id       string // "": the list
		roles    []string
		accounts []identitycenter.Account
	}
	var steps []step
	size := func() int64 {
		info, err := os.Stat(path)
		must(t, err)
		return info.Size()
	}
	add := func(id string, roles ...string) {
		must(t, j.Add(id, roles))
		steps = append(steps, step{size: size(), id: id, roles: roles})
	}
	add(three[0].ID, "Admin", "a\n\"\\☃\u2028")
	listed(t, j, three)
	steps = append(steps, step{size: size(), accounts: three})
	add(three[1].ID)
	must(t, j.Close())
	data, err := os.ReadFile(path)
	must(t, err)

	for cut := range len(data) + 1 {
		must(t, os.WriteFile(path, data[:cut], 0o600))
		var accounts []identitycenter.Account
		roles := map[string][]string{}
		for _, step := range steps {
			switch {
			case step.size > int64(cut):
			case step.id == "":
				accounts = step.accounts
			default:
				roles[step.id] = step.roles
			}
		}
		found := progress(t, s)
		same(t, fmt.Sprintf("cut at %d: accounts", cut), accounts, found.Accounts)
		same(t, fmt.Sprintf("cut at %d: roles", cut), roles, found.Roles)

		j := begin(t, s, found)
		must(t, j.Add(three[2].ID, []string{"more"}))
		must(t, j.Close())
		roles[three[2].ID] = []string{"more"}
		same(t, fmt.Sprintf("cut at %d and gone on: roles", cut), roles, progress(t, s).Roles)
	}

	j = begin(t, s, progress(t, s))
	listed(t, j, three)
	must(t, j.Finish())
	path = file(t, dir, ".json")
	data, err = os.ReadFile(path)
	must(t, err)
	for cut := range data { // a finished one is all there, or nothing
		must(t, os.WriteFile(path, data[:cut], 0o600))
		if found, err := s.Last(); !errors.Is(err, inventory.ErrSnapshot) || found.StartURL != "" {
			t.Fatalf("cut at %d: %+v, %v", cut, found, err)
		}
	}
}

// What was added is on disk when Add returns: SIGKILL takes nothing.
func TestStoreSurvivesKill(t *testing.T) {
	if dir := os.Getenv("TEST_STORE_TO_BE_KILLED"); dir != "" {
		j := begin(t, inventory.NewStore(dir, "corp", startURL, "us-east-1"), inventory.Snapshot{})
		for i := 0; ; i++ {
			must(t, j.Add(fmt.Sprint(i), []string{strings.Repeat("x", i%500)}))
			fmt.Printf("\nadded %d\n", i)
		}
	}
	for _, after := range []int{0, 1, 7, 100, 1000} {
		s, dir := newStore(t)
		child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestStoreSurvivesKill$")
		child.Env = append(os.Environ(), "TEST_STORE_TO_BE_KILLED="+dir)
		out, err := child.StdoutPipe()
		must(t, err)
		must(t, child.Start())
		added := 0
		for lines := bufio.NewScanner(out); added <= after && lines.Scan(); {
			if lines.Text() == fmt.Sprint("added ", added) {
				added++
			}
		}
		must(t, child.Process.Kill())
		child.Wait()
		found := progress(t, s)
		if added <= after || len(found.Roles) < added {
			t.Errorf("%d added, %d on disk", added, len(found.Roles))
		}
		for id, roles := range found.Roles {
			i, err := strconv.Atoi(id)
			if err != nil || len(roles) != 1 || len(roles[0]) != i%500 {
				t.Errorf("account %s: %q", id, roles)
			}
		}
		must(t, begin(t, s, found).Close()) // its lock died with it
	}
}

// Whatever happens in whatever order, what was added is known after it, and a
// finished run has it all.
func TestStoreForgetsNothing(t *testing.T) {
	dir, n := t.TempDir(), 0
	must(t, os.Chmod(dir, 0o700))
	rapid.Check(t, func(t *rapid.T) {
		n++
		s := inventory.NewStore(dir, fmt.Sprint(n), startURL, "us-east-1")
		accounts := rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) identitycenter.Account {
			return identitycenter.Account{
				ID: rapid.StringN(1, 3, -1).Draw(t, "id"), Name: rapid.String().Draw(t, "name"), Email: rapid.String().Draw(t, "email"),
			}
		}), 0, 6, func(a identitycenter.Account) string { return a.ID }).Draw(t, "accounts")
		slices.SortFunc(accounts, func(a, b identitycenter.Account) int { return strings.Compare(a.ID, b.ID) })
		want := map[string][]string{}
		for _, a := range accounts {
			want[a.ID] = slices.Sorted(slices.Values(rapid.SliceOfDistinct(rapid.String(), rapid.ID[string]).Draw(t, "roles")))
		}

		known := map[string][]string{}
		ok := func(err error) {
			if err != nil {
				t.Fatal(err)
			}
		}
		run := func() (j *inventory.Journal) {
			p, err := s.Progress()
			ok(err)
			if diff := cmp.Diff(known, p.Roles, cmpopts.EquateEmpty()); diff != "" {
				t.Fatalf("progress: -want +got:\n%s", diff)
			}
			j, err = s.Begin(p)
			ok(err)
			return j
		}
		j, isListed := run(), false
		list := func() {
			kept, err := j.Listed(accounts)
			ok(err)
			for id, roles := range kept {
				if !slices.Equal(known[id], roles) {
					t.Fatalf("kept %q of %q", roles, id)
				}
			}
			isListed = true
		}
		for _, step := range rapid.SliceOf(rapid.SampledFrom([]string{"add", "add", "list", "die"})).Draw(t, "steps") {
			switch {
			case step == "list" && !isListed:
				list()
			case step == "add" && len(accounts) > 0:
				a := rapid.SampledFrom(accounts).Draw(t, "account")
				ok(j.Add(a.ID, want[a.ID]))
				known[a.ID] = want[a.ID]
			case step == "die":
				ok(j.Close())
				j, isListed = run(), false
			}
		}
		if !isListed {
			list()
		}
		for id, roles := range want {
			if _, done := known[id]; !done {
				ok(j.Add(id, roles))
			}
		}
		ok(j.Finish())
		found, err := s.Last()
		ok(err)
		if diff := cmp.Diff(inventory.Snapshot{StartURL: startURL, At: found.At, Complete: true, Accounts: accounts, Roles: want}, found, cmpopts.EquateEmpty(), cmpopts.IgnoreFields(inventory.Snapshot{}, "Read")); diff != "" {
			t.Fatalf("last: -want +got:\n%s", diff)
		}
	})
}

// BenchmarkStore is a whole run's notes: the figure per account must not depend
// on how many there are.
func BenchmarkStore(b *testing.B) {
	for _, n := range []int{100, 1000, 5000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s, _ := newStore(b)
			accounts := make([]identitycenter.Account, n)
			roles := make([]string, 10)
			for i := range roles {
				roles[i] = fmt.Sprintf("AWSPermissionSet%d", i)
			}
			for i := range accounts {
				accounts[i] = identitycenter.Account{ID: fmt.Sprintf("%012d", i), Name: "some account", Email: "some.account@example.com"}
			}
			b.ReportAllocs()
			for b.Loop() {
				j, err := s.Begin(inventory.Snapshot{})
				must(b, err)
				for _, a := range accounts {
					must(b, j.Add(a.ID, roles))
				}
				listed(b, j, accounts)
				must(b, j.Finish())
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/account")
		})
	}
}
