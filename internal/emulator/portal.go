package emulator

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"time"
)

const (
	// bearerTokenHeader carries the access token; the portal knows no Authorization header.
	bearerTokenHeader = "x-amz-sso_bearer_token"
	// maxResultLimit is MaxResultType of the API model.
	maxResultLimit = 100
	// defaultMaxResult is not published; a small one finds clients that do not page.
	defaultMaxResult = 20
	// roleSessionLifetime is the default of a permission set.
	roleSessionLifetime = time.Hour
)

var accountID = regexp.MustCompile(`^[0-9]{12}$`)

// bearer checks a request's access token.
func (e *Emulator) bearer(r *http.Request) (*session, *exception) {
	t := e.accessTokens[r.Header.Get(bearerTokenHeader)]
	if !t.valid(time.Now()) || t.session.client.region != e.region(r) {
		return nil, &exception{name: "UnauthorizedException"}
	}
	// Clients registered without scopes get in: the service is older than scopes.
	if scopes := t.session.client.scopes; len(scopes) > 0 && !slices.Contains(scopes, scopeAccountAccess) {
		return nil, &exception{name: "ForbiddenException"}
	}
	return t.session, nil
}

// answered counts a portal request that was answered well, and revokes its
// access token if it is the one that RevokeAfter means.
func (e *Emulator) answered(r *http.Request) {
	e.answers++
	if e.answers == e.config.RevokeAfter {
		e.accessTokens[r.Header.Get(bearerTokenHeader)].expires = time.Now()
	}
}

// account finds the account that a request names.
func (e *Emulator) account(r *http.Request) (Account, *exception) {
	id := r.URL.Query().Get("account_id")
	if !accountID.MatchString(id) {
		return Account{}, refuse("InvalidRequestException", "account_id must be 12 digits")
	}
	account, known := e.accounts[id]
	if !known {
		return Account{}, &exception{name: "ForbiddenException"}
	}
	return account, nil
}

func (e *Emulator) listAccounts(r *http.Request) (any, *exception) {
	if _, refusal := e.bearer(r); refusal != nil {
		return nil, refusal
	}
	return listPage(e, r, "accountList", e.config.Organization.Accounts, func(a Account) map[string]string {
		item := map[string]string{"accountId": a.ID}
		if a.Name != "" {
			item["accountName"] = a.Name
		}
		if a.Email != "" {
			item["emailAddress"] = a.Email
		}
		return item
	})
}

func (e *Emulator) listAccountRoles(r *http.Request) (any, *exception) {
	if _, refusal := e.bearer(r); refusal != nil {
		return nil, refusal
	}
	account, refusal := e.account(r)
	if refusal != nil {
		return nil, refusal
	}
	return listPage(e, r, "roleList", account.Roles, func(role string) map[string]string {
		return map[string]string{"roleName": role, "accountId": account.ID}
	})
}

// listPage cuts the page that a request asks for out of a list.
func listPage[T any](e *Emulator, r *http.Request, name string, all []T, item func(T) map[string]string) (any, *exception) {
	query := r.URL.Query()
	size := defaultMaxResult
	if text := query.Get("max_result"); query.Has("max_result") {
		var err error
		if size, err = strconv.Atoi(text); err != nil || size < 1 || size > maxResultLimit {
			return nil, refuse("InvalidRequestException", "max_result must be 1 to %d", maxResultLimit)
		}
	}
	if e.config.PageSize > 0 {
		size = min(size, e.config.PageSize)
	}
	start := 0
	switch nextToken := query.Get("next_token"); {
	case nextToken != "":
		var ok bool
		if start, ok = e.openNextToken(r, nextToken); !ok {
			return nil, refuse("InvalidRequestException", "next_token is not valid")
		}
	case e.config.EmptyPages:
		size = 0
	}
	end := min(start+size, len(all))
	items := []map[string]string{}
	for _, value := range all[start:end] {
		items = append(items, item(value))
	}
	answer := map[string]any{name: items, "nextToken": nil}
	if end < len(all) || size == 0 {
		answer["nextToken"] = e.nextToken(r, end)
	}
	return answer, nil
}

// nextToken hides an offset. It is good for one access token and one list.
func (e *Emulator) nextToken(r *http.Request, offset int) string {
	text := binary.BigEndian.AppendUint64(nil, uint64(offset))
	mac := hmac.New(sha256.New, e.pageKey)
	for _, part := range []string{string(text), r.URL.Path, r.URL.Query().Get("account_id"), r.Header.Get(bearerTokenHeader)} {
		mac.Write([]byte(part + "\n"))
	}
	return base64.RawURLEncoding.EncodeToString(mac.Sum(text))
}

func (e *Emulator) openNextToken(r *http.Request, nextToken string) (offset int, ok bool) {
	text, err := base64.RawURLEncoding.DecodeString(nextToken)
	if err != nil || len(text) < 8 {
		return 0, false
	}
	offset = int(binary.BigEndian.Uint64(text))
	return offset, hmac.Equal([]byte(nextToken), []byte(e.nextToken(r, offset)))
}

func (e *Emulator) roleCredentials(r *http.Request) (any, *exception) {
	if _, refusal := e.bearer(r); refusal != nil {
		return nil, refusal
	}
	account, refusal := e.account(r)
	role := r.URL.Query().Get("role_name")
	switch {
	case refusal != nil:
		return nil, refusal
	case role == "":
		return nil, refuse("InvalidRequestException", "role_name is missing")
	case !slices.Contains(account.Roles, role):
		return nil, &exception{name: "ForbiddenException"}
	}
	return map[string]any{"roleCredentials": map[string]any{
		"accessKeyId":     "ASIA" + base32.StdEncoding.EncodeToString(randomBytes(10)),
		"secretAccessKey": e.secret(base64.StdEncoding.EncodeToString(randomBytes(30))),
		"sessionToken":    e.secret("IQoJb3JpZ2luX2Vj" + base64.StdEncoding.EncodeToString(randomBytes(510))),
		"expiration":      e.shown(time.Now().Add(roleSessionLifetime)).UnixMilli(),
	}}, nil
}

// logout ends the session behind the access token, and so its refresh tokens.
func (e *Emulator) logout(r *http.Request) (any, *exception) {
	s, refusal := e.bearer(r)
	if refusal != nil {
		return nil, refusal
	}
	s.end(time.Now())
	return nil, nil
}
