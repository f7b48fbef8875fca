package emulator

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
)

// Organization is the accounts and roles that one person may use, in the order
// in which the portal lists them.
type Organization struct {
	Accounts []Account `json:"accounts"`
}

// Account is an AWS account and the names of the permission sets that the
// person may use in it. ID has 12 digits; Name and Email may be empty.
type Account struct {
	ID    string   `json:"id"`
	Name  string   `json:"name"`
	Email string   `json:"email"`
	Roles []string `json:"roles"`
}

var (
	// foundation is what AWS Control Tower and its users set up first.
	foundation = []string{"Management", "Log Archive", "Audit", "Security Tooling", "Network", "Shared Services"}

	// workloads have an account for each environment, in their team's own style.
	workloads = []string{
		"payments-%s", "checkout-%s", "Data Platform (%s)", "identity-%s", "Zürich Retail %s", "search-%s",
		"mobile-api-%s", "Customer Portal (%s)", "fulfilment-%s", "R&D Lab - %s", "notifications-%s", "ml_training_%s",
		"billing-%s", "Data Warehouse (%s)", "telemetry-%s", "Café Français %s", "pricing-%s", "content-delivery-%s",
		"Fraud Detection (%s)", "partners-%s",
	}
	environments = []string{"dev", "staging", "prod"}
	inFull       = map[string]string{"dev": "Development", "staging": "Staging", "prod": "Production"}

	// roleNames begin with what nearly every account has.
	roleNames = []string{
		"AdministratorAccess", "ReadOnlyAccess", "PowerUserAccess", "Billing", "ViewOnlyAccess", "SecurityAudit",
		"DeveloperAccess", "DatabaseAdministrator", "NetworkAdministrator", "SupportUser", "DataScientist",
		"SystemAdministrator", "DeploymentOperator", "IncidentResponder", "CostOptimization", "BreakGlass",
	}

	asciiOnly = strings.NewReplacer("ü", "ue", "é", "e", "ç", "c", "&", "-and-")
)

// Organize invents an organization: realistic names, unique ids (some with
// leading zeros), a few accounts without a name or an e-mail address, and
// exactly roles roles in each account. The same arguments give the same result,
// and a smaller organization is the beginning of a larger one.
func Organize(seed uint64, accounts, roles int) Organization {
	random := rand.New(rand.NewPCG(seed, 1))
	used := map[string]bool{}
	organization := Organization{Accounts: []Account{}}
	for i := range accounts {
		account := Account{ID: newAccountID(random, i, used), Name: accountName(i), Roles: rolesOf(random, i, roles)}
		account.Email = "aws+" + slug(account.Name) + "@example.com"
		// Rare enough for a demo, and never at the same account.
		switch i % 29 {
		case 13:
			account.Name = ""
		case 21:
			account.Email = ""
		}
		organization.Accounts = append(organization.Accounts, account)
	}
	return organization
}

func newAccountID(random *rand.Rand, i int, used map[string]bool) string {
	for {
		id := fmt.Sprintf("%012d", 100_000_000_000+random.Int64N(900_000_000_000))
		if i%9 == 4 {
			id = "0" + id[1:]
		}
		if !used[id] {
			used[id] = true
			return id
		}
	}
}

// accountName gives every index its own name.
func accountName(i int) string {
	if i < len(foundation) {
		return foundation[i]
	}
	i -= len(foundation)
	workload, environment := workloads[i/len(environments)%len(workloads)], environments[i%len(environments)]
	separator := "-"
	if strings.Contains(workload, " ") {
		separator = " "
		environment = inFull[environment]
	}
	name := fmt.Sprintf(workload, environment)
	if round := i / (len(workloads) * len(environments)); round > 0 {
		name += separator + strconv.Itoa(round+1)
	}
	return name
}

// rolesOf mixes the usual roles; every second account begins with AdministratorAccess.
func rolesOf(random *rand.Rand, i, count int) []string {
	roles := make([]string, 0, max(count, 0))
	first := i % 2
	roles = append(roles, roleNames[first:]...)
	roles = append(roles, roleNames[:first]...)
	random.Shuffle(len(roles)-1, func(a, b int) { roles[a+1], roles[b+1] = roles[b+1], roles[a+1] })
	for n := len(roles); n < count; n++ {
		roles = append(roles, fmt.Sprintf("%s-%d", roleNames[n%len(roleNames)], n/len(roleNames)+1))
	}
	return roles[:max(count, 0)]
}

func slug(name string) string {
	fields := strings.FieldsFunc(strings.ToLower(asciiOnly.Replace(name)), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9')
	})
	return strings.Join(fields, "-")
}
