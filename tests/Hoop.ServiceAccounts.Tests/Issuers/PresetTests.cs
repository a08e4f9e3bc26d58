using System.Text.Json.Nodes;
using Hoop.StandIns;
using NUnit.Framework;

namespace Hoop.ServiceAccounts.Tests.Issuers;

/// <summary>
/// Tokens shaped as each provider issues them, by its own documentation: the access token of a workload gets in, and what else the same
/// provider signs with the same key does not.
/// </summary>
public sealed class PresetTests
{
    private const string Hoop = "https://hoop.example.com";
    private const string Tenant = "7c4a1f10-4a6b-4c0e-9a3b-6f1d2c3b4a59";
    private const string Principal = "9d2b5a34-0f7e-4c61-8b1a-3e5f7a9b1c2d";
    private const string Client = "3f1c0a0e-5d6b-4a7c-8e9f-0a1b2c3d4e5f";

    private IssuersGateway _issuers = null!;

    private static readonly Provider[] Providers =
    [
        new("entra", "Entra ID v1", $"https://sts.windows.net/{Tenant}/", "api://hoop", Principal, $$"""
            {"aud":"api://hoop","iss":"https://sts.windows.net/{{Tenant}}/","aio":"E2ZgYLhx","appid":"{{Client}}","appidacr":"1",
             "idp":"https://sts.windows.net/{{Tenant}}/","oid":"{{Principal}}","rh":"0.AX0A","sub":"{{Principal}}","tid":"{{Tenant}}",
             "uti":"x","ver":"1.0"}
            """)
        {
            Refused =
            [
                ("an ID token", """{"appid":null,"appidacr":null,"unique_name":"alice@example.com"}"""),
                ("a token of another tenant", """{"tid":"00000000-0000-0000-0000-000000000001"}"""),
                ("a token of version 2 under this issuer", """{"ver":"2.0"}"""),
            ],
        },
        new("entra", "Entra ID v2", $"https://login.microsoftonline.com/{Tenant}/v2.0", Client, Principal, $$"""
            {"aud":"{{Client}}","iss":"https://login.microsoftonline.com/{{Tenant}}/v2.0","aio":"E2Zg","azp":"{{Client}}","azpacr":"1",
             "oid":"{{Principal}}","rh":"0.AX0A","roles":["Hoop.Use"],"sub":"{{Principal}}","tid":"{{Tenant}}","uti":"x","ver":"2.0"}
            """)
        {
            Refused =
            [
                ("an ID token", """{"azp":null,"azpacr":null,"roles":null,"name":"Alice","nonce":"n","preferred_username":"a@example.com"}"""),
                ("an ID token without nonce", """{"azp":null,"azpacr":null,"roles":null,"name":"Alice"}"""),
                ("no tid", """{"tid":null}"""),
            ],
        },
        new("auth0", "Auth0", "https://example.eu.auth0.com/", Hoop, "AbC123@clients", $$"""
            {"iss":"https://example.eu.auth0.com/","sub":"AbC123@clients","aud":"{{Hoop}}","azp":"AbC123","gty":"client-credentials"}
            """)
        {
            Refused =
            [
                ("an ID token", """{"aud":"AbC123","azp":null,"gty":null,"nonce":"n","sub":"auth0|1"}"""),
                ("no azp", """{"azp":null}"""),
            ],
        },
        new("okta", "Okta, custom server", "https://example.okta.com/oauth2/aus1", "api://hoop", "0oa1b2c3d4", """
            {"ver":1,"jti":"AT.x","iss":"https://example.okta.com/oauth2/aus1","aud":"api://hoop","cid":"0oa1b2c3d4","scp":["hoop"],
             "sub":"0oa1b2c3d4"}
            """)
        {
            Refused = [("an ID token", """{"jti":"ID.x","cid":null,"scp":null,"auth_time":1,"at_hash":"h"}"""), ("no cid", """{"cid":null}""")],
        },
        new("keycloak", "Keycloak", "https://login.example.com/realms/main", Hoop, "6e0f9d1a-service", $$"""
            {"jti":"trrtcc:1","iss":"https://login.example.com/realms/main","aud":["{{Hoop}}","account"],"sub":"6e0f9d1a-service",
             "typ":"Bearer","azp":"ci","acr":"1","allowed-origins":["/*"],"realm_access":{"roles":["offline_access"]},
             "resource_access":{"account":{"roles":["view-profile"]} },"scope":"email profile","email_verified":false,
             "clientHost":"10.0.0.1","preferred_username":"service-account-ci","clientAddress":"10.0.0.1","client_id":"ci"}
            """)
        {
            Refused =
            [
                ("an ID token", """{"typ":"ID","at_hash":"h","scope":null}"""),
                ("a refresh token", """{"typ":"Refresh"}"""),
                ("a logout token", """{"typ":"Logout","events":{}}"""),
                ("a token without the claim typ", """{"typ":null}"""),
            ],
        },
        new("cognito", "Cognito", "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEf", "4clientid", "4clientid", """
            {"sub":"4clientid","token_use":"access","scope":"hoop/use","auth_time":1700000000,
             "iss":"https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEf","version":2,"jti":"x","client_id":"4clientid"}
            """)
        {
            Refused =
            [
                ("an ID token", """{"token_use":"id","aud":"4clientid","client_id":null,"scope":null,"cognito:username":"alice"}"""),
                ("another client", """{"client_id":"5other","sub":"5other"}"""),
                ("no token_use", """{"token_use":null}"""),
            ],
        },
        new("google", "Google", "https://accounts.google.com", Hoop, "117812345678901234567", $$"""
            {"aud":"{{Hoop}}","azp":"117812345678901234567","email":"ci@proj.iam.gserviceaccount.com","email_verified":true,
             "iss":"https://accounts.google.com","sub":"117812345678901234567"}
            """)
        {
            Refused =
            [
                ("a person's ID token", """{"azp":"123.apps.googleusercontent.com","at_hash":"h","hd":"example.com"}"""),
                ("a person's ID token without at_hash", """{"azp":"123.apps.googleusercontent.com"}"""),
            ],
        },
        new("github", "GitHub Actions, names", "https://token.actions.githubusercontent.com", Hoop,
            "repo:octo-org/octo-repo:ref:refs/heads/main", GitHub("repo:octo-org/octo-repo:ref:refs/heads/main")),
        new("github", "GitHub Actions, names with ids", "https://token.actions.githubusercontent.com", Hoop,
            "repo:octo-org@6004/octo-repo@7415:environment:prod", GitHub("repo:octo-org@6004/octo-repo@7415:environment:prod"))
        {
            Refused = [("a token without repository", """{"repository":null}"""), ("a list for aud without ours", """{"aud":["a","b"]}""")],
        },
        new("gitlab", "GitLab CI", "https://gitlab.com", Hoop, "project_path:group/app:ref_type:branch:ref:main", $$"""
            {"namespace_id":"72","namespace_path":"group","project_id":"20","project_path":"group/app","user_id":"1","user_login":"alice",
             "pipeline_id":"574","pipeline_source":"push","job_id":"302","ref":"main","ref_type":"branch","ref_protected":"true",
             "environment":"prod","jti":"x","iss":"https://gitlab.com","aud":"{{Hoop}}",
             "sub":"project_path:group/app:ref_type:branch:ref:main"}
            """)
        {
            Refused =
            [
                ("a person's ID token", """{"project_path":null,"job_id":null,"namespace_path":null,"sub":"1","auth_time":1}"""),
                ("no job_id", """{"job_id":null}"""),
            ],
        },
        new("kubernetes", "Kubernetes, projected token", "https://kubernetes.default.svc.cluster.local", "hoop",
            "system:serviceaccount:ci:deployer", """
            {"aud":["hoop"],"iss":"https://kubernetes.default.svc.cluster.local","jti":"x","kubernetes.io":{"namespace":"ci",
             "node":{"name":"n1","uid":"u1"},"pod":{"name":"p1","uid":"u2"},"serviceaccount":{"name":"deployer","uid":"u3"}},
             "sub":"system:serviceaccount:ci:deployer"}
            """)
        {
            Type = null,
            Refused =
            [
                ("no claim of the cluster", """{"kubernetes.io":null}"""),
                ("a user", """{"sub":"system:admin"}"""),
                ("the API server's own audience", """{"aud":["https://kubernetes.default.svc.cluster.local"]}"""),
            ],
        },
        new("rfc9068", "RFC 9068", "https://as.example.com", Hoop, "s6BhdRkqt3", $$"""
            {"iss":"https://as.example.com","aud":"{{Hoop}}","sub":"s6BhdRkqt3","client_id":"s6BhdRkqt3","jti":"dbe39bf3a3ba4238"}
            """)
        {
            Type = "at+jwt",
            Refused = [("no client_id", """{"client_id":null}"""), ("no jti", """{"jti":null}"""), ("no iat", """{"iat":null}""")],
        },
        new("generic", "PingOne, which sends no sub", "https://auth.pingone.eu/env/as", Hoop, "ping-client", $$"""
            {"client_id":"ping-client","iss":"https://auth.pingone.eu/env/as","jti":"x","aud":["{{Hoop}}"],"env":"e","org":"o"}
            """)
        {
            SubjectClaim = "client_id",
            Refused = [("no client_id either", """{"client_id":null,"scope":"x"}""")],
        },
    ];

    private static IEnumerable<TestCaseData> Good => Providers.Select(
        provider => new TestCaseData(provider).SetName($"{{m}}({provider.Title})"));

    private static IEnumerable<TestCaseData> Bad => Providers.SelectMany(
        provider => provider.AllRefused.Select(
            refused => new TestCaseData(provider, refused.Changes).SetName($"{{m}}({provider.Title}: {refused.What})")));

    [OneTimeSetUp]
    public async Task Start()
    {
        _issuers = await IssuersGateway.Start();
        foreach (var provider in Providers.DistinctBy(provider => provider.Issuer))
        {
            object? claims = provider.SubjectClaim is { } subject ? new { subject } : null;
            string[] audiences = [provider.Audience];
            await _issuers.Trust(new { issuer = provider.Issuer, preset = provider.Preset, audiences, claims });
        }

        foreach (var provider in Providers)
        {
            await _issuers.Account(provider.Issuer, provider.Subject);
        }
    }

    [OneTimeTearDown]
    public async Task Stop() => await _issuers.DisposeAsync();

    [TestCaseSource(nameof(Good))]
    public async Task A_workload_gets_in(Provider provider)
    {
        var token = _issuers.Mint(provider.Claims, provider.Type);

        Assert.That(await _issuers.Ask(token), Is.EqualTo(200), () => string.Join('\n', _issuers.Gateway.Logs.Lines.TakeLast(5)));
    }

    [TestCaseSource(nameof(Bad))]
    public async Task What_else_the_provider_signs_does_not(Provider provider, string changes)
    {
        var token = _issuers.Mint(IssuersGateway.With(provider.Claims, changes), provider.Type);

        Assert.That(await _issuers.Ask(token), Is.EqualTo(401));
    }

    private static IEnumerable<TestCaseData> Borrowed =>
        from own in Providers
        from other in Providers
        where own.Preset != other.Preset && own.Preset != "generic" && !Fits(own, Shape(own, other))
        select new TestCaseData(own, Shape(own, other).ToJsonString()).SetName($"{{m}}({own.Title}, shaped as {other.Title})");

    /// <summary>Each preset with the claims of each other provider, under its own issuer, audience and subject.</summary>
    [TestCaseSource(nameof(Borrowed))]
    public async Task What_is_shaped_as_another_provider_s_token_does_not_get_in(Provider own, string claims) =>
        Assert.That(await _issuers.Ask(_issuers.Mint(claims, own.Type)), Is.EqualTo(401));

    [Test]
    public void Most_shapes_are_of_one_provider_alone() => Assert.That(Borrowed.Count(), Is.GreaterThan(100));

    [TestCase("logout+jwt")]
    [TestCase("dpop+jwt")]
    [TestCase("secevent+jwt")]
    [TestCase("oauth-id-jag+jwt")]
    public async Task No_other_type_of_token_passes_whatever_its_claims(string type)
    {
        foreach (var provider in Providers)
        {
            Assert.That(await _issuers.Ask(_issuers.Mint(provider.Claims, type)), Is.EqualTo(401), provider.Title);
        }
    }

    [Test]
    public async Task A_preset_narrows_the_algorithms()
    {
        using var elliptic = SigningKey.Create("ES256", "e1");
        var keys = _issuers.KeySet;
        keys["keys"]!.AsArray().Add(elliptic.PublicJwk("sig", "ES256"));
        await _issuers.Trust(new JsonObject
        {
            ["issuer"] = "https://narrow.okta.com/oauth2/a", ["preset"] = "okta", ["audiences"] = new JsonArray("a"), ["jwks"] = keys,
        });
        await _issuers.Account("https://narrow.okta.com/oauth2/a", "c");
        const string Claims = """{"iss":"https://narrow.okta.com/oauth2/a","aud":"a","cid":"c","sub":"c"}""";

        Assert.That(await _issuers.Ask(_issuers.Mint(Claims)), Is.EqualTo(200));
        Assert.That(await _issuers.Ask(_issuers.Mint(Claims, signer: elliptic)), Is.EqualTo(401), "ES256 is not Okta's");
    }

    private static JsonObject Shape(Provider own, Provider other)
    {
        var claims = JsonNode.Parse(other.Claims)!.AsObject();
        claims["iss"] = own.Issuer;
        claims["sub"] = own.Subject;
        if (own.Preset == "cognito")
        {
            claims.Remove("aud");
            claims["client_id"] = own.Audience;
        }
        else
        {
            claims["aud"] = own.Audience;
        }

        return claims;
    }

    // What docs/service-accounts.md says that a provider's access tokens have.
    private static bool Fits(Provider own, JsonObject claims)
    {
        bool Has(params string[] names) => names.All(claims.ContainsKey);
        string? Text(string name) => claims[name]?.ToString();
        return own.Preset switch
        {
            "rfc9068" => Has("client_id", "jti"),
            "entra" => Text("tid") == Tenant && (own.Title.EndsWith("v1", StringComparison.Ordinal)
                ? Text("ver") == "1.0" && Has("appid")
                : Text("ver") == "2.0" && Has("azp", "azpacr")),
            "auth0" => Has("azp"),
            "okta" => Has("cid"),
            "keycloak" => Text("typ") == "Bearer" && Has("azp"),
            "cognito" => Text("token_use") == "access",
            "google" => Text("azp") == own.Subject,
            "github" => Has("repository", "repository_owner", "run_id"),
            "gitlab" => Has("project_path", "namespace_path", "job_id"),
            "kubernetes" => Has("kubernetes.io"),
            _ => true,
        };
    }

    private static string GitHub(string subject) => $$"""
        {"jti":"x","sub":"{{subject}}","aud":"{{Hoop}}","ref":"refs/heads/main","sha":"abc","repository":"octo-org/octo-repo",
         "repository_owner":"octo-org","repository_owner_id":"6004","run_id":"1","run_number":"1","run_attempt":"1",
         "repository_visibility":"private","repository_id":"7415","actor_id":"12","actor":"octocat","workflow":"deploy","head_ref":"",
         "base_ref":"","event_name":"push","ref_protected":"true","ref_type":"branch","runner_environment":"github-hosted",
         "job_workflow_ref":"octo-org/octo-repo/.github/workflows/deploy.yml@refs/heads/main",
         "iss":"https://token.actions.githubusercontent.com"}
        """;

    /// <param name="Claims">JSON, without times.</param>
    public sealed record Provider(string Preset, string Title, string Issuer, string Audience, string Subject, string Claims)
    {
        /// <summary>In the header.</summary>
        public string? Type { get; init; } = "JWT";

        public string? SubjectClaim { get; init; }

        public IReadOnlyList<(string What, string Changes)> Refused { get; init; } = [];

        /// <summary>And what no provider's token may be.</summary>
        public IEnumerable<(string What, string Changes)> AllRefused =>
        [
            .. Refused,
            ("another audience", """{"aud":"https://other.example.com"}"""),
            ("bound to a key (DPoP)", """{"cnf":{"jkt":"0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"}}"""),
            ("bound to a certificate", """{"cnf":{"x5t#S256":"bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2"}}"""),
            ("an issuer that only begins alike", $$"""{"iss":"{{Issuer}}x"}"""),
            ("no exp", """{"exp":null}"""),
            ("expired", """{"exp":1700000000}"""),
            ("not valid yet", """{"nbf":4000000000}"""),
        ];

        public override string ToString() => Title;
    }
}
