package inventory_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/sso"

	"aws-sso-config-generator/internal/identitycenter"
)

// A program finds roles the plain way: workers ask for the roles of the accounts,
// and the SDK decides what is tried again, and when.
type program struct {
	workers int
	rate    float64 // of calls, a second, 0 for any; what the SDK tries again is not held back
	retryer func() aws.Retryer
}

// find goes on without a list that the SDK gave up, where real programs end.
func (p program) find(ctx context.Context, _ *testing.T, o identitycenter.Options, token identitycenter.Token) int {
	client := sso.New(sso.Options{Region: o.Region, HTTPClient: &http.Client{Transport: o.Transport}, Retryer: p.retryer()})
	turn := func() {}
	if p.rate > 0 {
		ticker := time.NewTicker(time.Duration(float64(time.Second) / p.rate))
		defer ticker.Stop()
		turn = func() { <-ticker.C }
	}
	var roles atomic.Int64
	var working sync.WaitGroup
	accounts := make(chan *string)
	for range p.workers {
		working.Go(func() {
			for id := range accounts {
				pages := sso.NewListAccountRolesPaginator(client, &sso.ListAccountRolesInput{AccessToken: aws.String(string(token.AccessToken)), AccountId: id})
				for pages.HasMorePages() {
					turn()
					page, err := pages.NextPage(ctx)
					if err != nil {
						break
					}
					roles.Add(int64(len(page.RoleList)))
				}
			}
		})
	}
	pages := sso.NewListAccountsPaginator(client, &sso.ListAccountsInput{AccessToken: aws.String(string(token.AccessToken)), MaxResults: aws.Int32(100)})
	for pages.HasMorePages() {
		turn()
		page, err := pages.NextPage(ctx)
		if err != nil {
			break
		}
		for _, account := range page.AccountList {
			accounts <- account.AccountId
		}
	}
	close(accounts)
	working.Wait()
	return int(roles.Load())
}

// standard is the SDK's usual retryer; tokens are its quota of retries, 0 for what
// it comes with.
func standard(attempts int, tokens uint) func() aws.Retryer {
	return func() aws.Retryer {
		return retry.NewStandard(func(o *retry.StandardOptions) {
			o.MaxAttempts = attempts
			if tokens > 0 {
				o.RateLimiter = ratelimit.NewTokenRateLimit(tokens)
			}
		})
	}
}

// patient is the SDK's adaptive mode but for its wait for a turn: that is cut down
// to whole nanoseconds, and where it comes out as none, virtual time stands still
// and it asks for ever.
type patient struct{ *retry.AdaptiveMode }

func (p patient) GetAttemptToken(ctx context.Context) (func(error) error, error) {
	for {
		if release, err := p.AdaptiveMode.GetAttemptToken(ctx); err == nil {
			return release, nil
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func adaptive() aws.Retryer {
	return patient{retry.NewAdaptiveMode(func(o *retry.AdaptiveModeOptions) { o.FailOnNoAttemptTokens = true })}
}

const plenty = 100_000

var finders = []struct {
	name string
	find finder
}{
	{"ours", ours},
	{"20 a second, 15 attempts", program{1000, 20, standard(15, plenty)}.find},
	{"SDK, 3 attempts", program{8, 0, standard(3, 0)}.find},
	{"SDK, 10 attempts", program{8, 0, standard(10, 0)}.find},
	{"SDK, adaptive", program{8, 0, adaptive}.find},
	{"one at a time, 100 attempts", program{1, 0, standard(100, plenty)}.find},
}

// BenchmarkPace sets the pace beside what other programs do, on the same figures,
// in virtual time, and prints it as a table. An iteration is one seed; the worst
// counts.
func BenchmarkPace(b *testing.B) {
	var table strings.Builder
	row := func(cells ...string) { fmt.Fprintf(&table, "| %s |\n", strings.Join(cells, " | ")) }
	heads, lines := []string{"limit"}, []string{"---"}
	for _, rival := range finders {
		heads, lines = append(heads, rival.name), append(lines, "---")
	}
	row(heads...)
	row(lines...)
	for _, f := range figures {
		cells := []string{f.name}
		for _, rival := range finders {
			var worst measured
			b.Run(f.name+"/"+rival.name, func(b *testing.B) {
				worst = measured{}
				for seed := uint64(1); b.Loop(); seed++ {
					inTest(func(t *testing.T) { worst = worst.worse(f.run(t, seed, rival.find)) })
				}
				b.ReportMetric(0, "ns/op")
				b.ReportMetric(worst.time, "time/ideal")
				b.ReportMetric(worst.throttled, "%throttled")
				b.ReportMetric(float64(worst.lost), "lost")
			})
			cells = append(cells, f.cell(worst))
		}
		row(cells...)
	}
	fmt.Println(table.String())
}

// inTest runs f as a test: synctest takes nothing else.
func inTest(f func(*testing.T)) {
	testing.RunTests(func(_, _ string) (bool, error) { return true, nil }, []testing.InternalTest{{Name: "virtual", F: f}})
}

// cell is what a table says: time/ideal, or seconds where there is no limit, share
// of throttles, and what was not found.
func (f figure) cell(m measured) string {
	time, unit, lost := m.time, "", ""
	if f.config.Rate == 0 {
		time, unit = m.time*f.ideal.Seconds(), " s"
	}
	if m.lost > 0 {
		lost = fmt.Sprintf(", %.1f %% lost", 100*float64(m.lost)/float64(4*f.accounts))
	}
	return fmt.Sprintf("%.2f%s, %.1f %%%s", time, unit, m.throttled, lost)
}
