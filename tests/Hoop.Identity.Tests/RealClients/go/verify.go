// go-oidc as a relying party: it is told the issuer alone, and reads its documents without a token.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	oidc "github.com/coreos/go-oidc"
)

var (
	endpoint, token string
	answers         int
)

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func done(condition bool, what string, details ...interface{}) {
	answers++
	if !condition {
		must(fmt.Errorf("%s %v", what, details))
	}
}

func call(method, path string, body interface{}) map[string]interface{} {
	sent, err := json.Marshal(body)
	must(err)
	request, err := http.NewRequest(method, endpoint+path, bytes.NewReader(sent))
	must(err)
	request.Header.Set("X-Vault-Token", token)
	response, err := http.DefaultClient.Do(request)
	must(err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	must(err)
	if response.StatusCode > 299 {
		must(fmt.Errorf("%s %s: %d %s", method, path, response.StatusCode, text))
	}
	var answer struct {
		Data map[string]interface{} `json:"data"`
	}
	if len(text) > 0 {
		must(json.Unmarshal(text, &answer))
	}
	return answer.Data
}

// counting tells how often the documents were read.
type counting struct{ keys int }

func (c *counting) RoundTrip(request *http.Request) (*http.Response, error) {
	if strings.HasSuffix(request.URL.Path, "/keys") {
		c.keys++
	}
	return http.DefaultTransport.RoundTrip(request)
}

func refused(what, part string, verifier *oidc.IDTokenVerifier, raw string) {
	_, err := verifier.Verify(context.Background(), raw)
	done(err != nil && strings.Contains(err.Error(), part), what, err)
}

func verify(algorithm string) {
	name := "go-" + strings.ToLower(algorithm)
	call("POST", "/v1/identity/oidc/key/"+name, map[string]interface{}{"algorithm": algorithm, "allowed_client_ids": "relying"})
	call("POST", "/v1/identity/oidc/role/"+name, map[string]interface{}{
		"key": name, "client_id": "relying", "ttl": "5m", "template": `{"who": {{identity.entity.name}}}`,
	})
	raw := call("GET", "/v1/identity/oidc/token/"+name, nil)["token"].(string)
	issuer := call("GET", "/v1/identity/oidc/config", nil)["effective_issuer"].(string)

	documents := &counting{}
	ctx := oidc.ClientContext(context.Background(), &http.Client{Transport: documents})
	provider, err := oidc.NewProvider(ctx, issuer)
	must(err)
	config := oidc.Config{ClientID: "relying", SupportedSigningAlgs: []string{algorithm}}
	verifier := provider.Verifier(&config)
	read, err := verifier.Verify(ctx, raw)
	must(err)
	var claims struct {
		Who string `json:"who"`
	}
	must(read.Claims(&claims))
	done(read.Issuer == issuer && claims.Who == "go" && len(read.Subject) == 36, "claims of "+algorithm, read, claims)
	done(read.Expiry.Sub(read.IssuedAt) == 5*time.Minute, "the end of "+algorithm, read.Expiry, read.IssuedAt)

	// Who keeps the keys knows the next one already, and the one before stays good.
	fetched := documents.keys
	call("POST", "/v1/identity/oidc/key/"+name+"/rotate", map[string]interface{}{})
	next := call("GET", "/v1/identity/oidc/token/"+name, nil)["token"].(string)
	done(strings.Split(next, ".")[0] != strings.Split(raw, ".")[0], "another key signs")
	for _, each := range []string{next, raw} {
		_, err = verifier.Verify(ctx, each)
		must(err)
	}
	done(documents.keys == fetched, "both tokens of a rotation are good with the keys of before", documents.keys, fetched)

	another := config
	another.ClientID = "other"
	refused("another audience", "audience", provider.Verifier(&another), raw)
	later := config
	later.Now = func() time.Time { return time.Now().Add(301 * time.Second) }
	refused("a token that has ended", "expired", provider.Verifier(&later), raw)
	weaker := config
	weaker.SupportedSigningAlgs = []string{"PS256"}
	refused("an algorithm that was not agreed on", "algorithm", provider.Verifier(&weaker), raw)
	refused("a signature that was touched", "signature", verifier, raw[:len(raw)-8]+"AAAAAAAA")
}

func main() {
	endpoint, token = os.Args[1], os.Args[2]
	for _, algorithm := range []string{"RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "EdDSA"} {
		verify(algorithm)
	}
	fmt.Printf("%d answers were as they should be\n", answers)
}
