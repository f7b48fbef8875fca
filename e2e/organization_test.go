package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
)

// account is an account of an organization, as the emulator reads it.
type account struct {
	ID    string   `json:"id"`
	Name  string   `json:"name"`
	Email string   `json:"email"`
	Roles []string `json:"roles"`
}

// hostileNames are what nobody calls an account, except the one who wants to
// know what happens then.
var hostileNames = []string{
	"",
	" ",
	"default",
	"__proto__",
	"constructor",
	"-rf",
	"--profile",
	"two\nlines",
	"carriage\rreturn",
	"nul\x00byte",
	"tab\tinside",
	"[brackets]",
	"x]\n[profile evil]\ncredential_process = touch /tmp/pwned",
	"x\n[profile evil]\ncredential_process = touch /tmp/pwned\n# END aws-sso-config-generator my-sso",
	"# a comment",
	"; another comment",
	"value # with comment",
	`"double" and 'single' quotes`,
	"back\\slash",
	"$(id) `id` ${HOME} %PATH% ~ * ?",
	"\x1b[31mred\x1b[0m \x1b]0;title\x07",
	"right\u202eto left",
	"Büro Zürich",
	"日本語",
	"🚀",
	"e\u0301 is not \u00e9",
	"same name",
	"same name",
	"same-name",
	"Same Name",
	strings.Repeat("long", 75),
	"%s%d%n {{ .AccountID }}",
	"../../etc/passwd",
}

// hostileRoleNames are roles of the first account. The service has no such
// permission sets; we must not rely on that.
var hostileRoleNames = []string{
	" ",
	"two\nlines",
	"Role\n[profile evil]\ncredential_process = touch /tmp/pwned",
	"Role # comment",
	"Role;comment",
	"Röle",
	"\x1b[31mRole",
}

// usualRoles are in every account of the hostile organization. All of them are
// names that the service allows.
var usualRoles = []string{"AdministratorAccess", "a=b,c@d+e.f-g_h", "default", "__proto__"}

func hostileAccounts() []account {
	var accounts []account
	for i, name := range hostileNames {
		id := []byte("000000000000") // leading zeros must live
		id[10], id[11] = byte('0'+i/10), byte('0'+i%10)
		accounts = append(accounts, account{ID: string(id), Name: name, Email: name, Roles: usualRoles})
	}
	accounts[0].Roles = append(append([]string{}, usualRoles...), hostileRoleNames...)
	return accounts
}

// ordinaryOrganization are the flags of an emulator with usual names.
func ordinaryOrganization(*home) []string {
	return []string{"--accounts", "30", "--roles", "3", "--seed", "7"}
}

// hostileOrganization are the flags of an emulator with such names.
func hostileOrganization(h *home) []string {
	data, err := json.Marshal(map[string]any{"accounts": hostileAccounts()})
	if err != nil {
		h.t.Fatal(err)
	}
	path := filepath.Join(h.dir, "organization.json")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		h.t.Fatal(err)
	}
	return []string{"--organization", path}
}

// hostileRoles are the roles that must get a profile: all but the impossible.
func hostileRoles() map[[2]string]int {
	roles := map[[2]string]int{}
	for _, account := range hostileAccounts() {
		for _, role := range usualRoles {
			roles[[2]string{account.ID, role}] = 1
		}
	}
	return roles
}
