using System.CommandLine;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Hoop.Cli.CommandLine;
using Hoop.Cli.Configuration;
using Hoop.Cli.Gateway;
using Hoop.Client;

namespace Hoop.Cli.Issuers;

/// <summary><c>hoop admin create issuer [URL]</c>: POST /api/issuers, or PUT with <c>--overwrite</c>.</summary>
internal static class CreateIssuer
{
    private const string Presets =
        "generic, rfc9068, entra, auth0, okta, keycloak, cognito, google, github, gitlab, kubernetes";

    public static Command Command()
    {
        var url = new Argument<string?>("URL")
        {
            Description = "Exactly what its tokens carry as iss; with --preset github, gitlab or google it may be left out",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var preset = Text("--preset", "NAME", $"How its tokens look: {Presets}");
        var audience = List("--audience", "AUD", "What aud must name; repeatable, at least one");
        var audienceClaim = Text("--audience-claim", "NAME", "client_id for a provider whose access tokens have no aud");
        var jwksUrl = Text("--jwks-url", "URL", "Its key set; found through discovery when left out");
        var jwks = Text("--jwks", "FILE", "File here with the key set itself, which is then fixed; - is standard input");
        var algorithm = List("--algorithm", "ALG", "Signature algorithm that it may use; repeatable");
        var leeway = new Option<int?>("--leeway") { Description = "Seconds that clocks may differ, at most 60", HelpName = "N" };
        var subject = Text("--subject-claim", "NAME", "Claim that names the account, where it is not sub");
        var email = Text("--email-claim", "NAME", "Claim with a person's address");
        var groups = Text("--groups-claim", "NAME", "Claim with a person's groups");
        var client = Text("--client-id-claim", "NAME", "Claim with the client that got the token");
        var require = List("--require", "CLAIM[=VALUE]", "Claim that every token must have, with one of its values; repeatable");
        var clientId = Text("--client-id", "ID", "What people sign in with: tokens for it are taken for ID tokens");
        var people = new PeopleOptions();
        var introspection = new IntrospectionOptions();
        var overwrite = new Option<bool>("--overwrite") { Description = "Replace the settings of the issuer that exists" };

        var verb = new Verb("issuer", "Take the access tokens of an identity provider", "issuers")
        {
            url, preset, audience, audienceClaim, jwksUrl, jwks, algorithm, leeway, subject, email, groups, client, require, clientId,
        };
        people.AddTo(verb);
        introspection.AddTo(verb);
        verb.Add(overwrite);
        return verb.With("""
            hoop admin create issuer https://login.example.com/realms/main --preset keycloak --audience https://hoop.example.com
            hoop admin create issuer --preset github --audience https://hoop.example.com
            hoop admin create issuer https://login.acme.example --audience https://hoop.acme.example --client-id hoop --people invited
            hoop admin create issuer https://kubernetes.default.svc --preset kubernetes --audience hoop --jwks ./jwks.json
            hoop admin create issuer https://cluster.example --preset kubernetes --audience hoop \
              --jwks-url https://cluster.example/openid/v1/jwks --jwks-ca-file ./ca.crt --jwks-token-file ./token
            hoop admin create issuer https://login.example.com --audience https://hoop.example.com \
              --introspection-url https://login.example.com/introspect --introspection-client-id hoop --introspection-secret-file ./secret
            """).Showing(Formats.Named).For("POST /api/issuers", "PUT /api/issuers/{id:uuid}").Does(async call =>
        {
            var body = new JsonObject { ["audiences"] = Words(call.Value(audience)) };
            Set(body, "issuer", call.Value(url));
            Set(body, "preset", call.Value(preset));
            Set(body, "audience_claim", call.Value(audienceClaim));
            Set(body, "jwks_url", call.Value(jwksUrl));
            Set(body, "client_id", call.Value(clientId));
            if (call.Value(jwks) is { } file)
            {
                body["jwks"] = Document(file);
            }

            if (call.Has(algorithm))
            {
                body["algorithms"] = Words(call.Value(algorithm));
            }

            if (call.Value(leeway) is { } seconds)
            {
                body["leeway_seconds"] = seconds;
            }

            var claims = new JsonObject();
            Set(claims, "subject", call.Value(subject));
            Set(claims, "email", call.Value(email));
            Set(claims, "groups", call.Value(groups));
            Set(claims, "client_id", call.Value(client));
            if (claims.Count > 0)
            {
                body["claims"] = claims;
            }

            if (call.Has(require))
            {
                body["required_claims"] = Required(call.Value(require) ?? []);
            }

            introspection.Write(call, body);
            if (people.Read(call) is { } ofPeople)
            {
                body["people"] = ofPeople;
            }

            await Send(call, body, call.Value(overwrite));
        });
    }

    private static async Task Send(Call call, JsonObject body, bool overwrite)
    {
        var name = (string?)body["issuer"] ?? (string?)body["preset"] ?? "";
        if (overwrite)
        {
            var row = await IssuerReference.Find(call, name, byPreset: body["issuer"] is null);
            body["issuer"] = row.Text("issuer");
            var replaced = await call.Api.Try(hoop => hoop.Issuers.Update(
                Bodies.Id(row.Text("id")!), body.As(HoopJson.Default.UpdateIssuerRequest), call.Stop));
            call.Done(replaced.OrFail(), IssuerReference.Type, row.Text("issuer")!, "updated");
            return;
        }

        var answer = await call.Api.Try(hoop => hoop.Issuers.Create(body.As(HoopJson.Default.CreateIssuerRequest), call.Stop));
        if (answer.Status == HttpStatusCode.Conflict && answer.Object.Text("code") == "issuer_exists")
        {
            throw new CliFailure($"issuer \"{name}\" exists already ({(int)answer.Status}); replace its settings with --overwrite");
        }

        call.Done(answer.OrFail(), IssuerReference.Type, answer.Object.Text("issuer") ?? name, "created");
    }

    private static Option<string?> Text(string name, string label, string description) =>
        new(name) { Description = description, HelpName = label };

    private static Option<string[]> List(string name, string label, string description) =>
        new(name) { Description = description, HelpName = label, Arity = ArgumentArity.OneOrMore };

    private static void Set(JsonObject body, string member, string? value)
    {
        if (value is not null)
        {
            body[member] = value;
        }
    }

    private static JsonArray Words(string[]? values) => [.. (values ?? []).Select(value => (JsonNode?)value)];

    // Several values of one claim are several options.
    private static JsonObject Required(IEnumerable<string> pairs)
    {
        var required = new JsonObject();
        foreach (var group in pairs.Select(pair => pair.Split('=', 2)).GroupBy(pair => pair[0], StringComparer.Ordinal))
        {
            required[group.Key] = Words([.. group.Where(pair => pair.Length == 2).Select(pair => pair[1])]);
        }

        return required;
    }

    private static JsonObject Document(string path)
    {
        try
        {
            return JsonNode.Parse(InputFile.Text("--jwks", path)) as JsonObject
                ?? throw new CliFailure($"--jwks: {path} does not hold a JSON object");
        }
        catch (JsonException)
        {
            throw new CliFailure($"--jwks: {path} is not JSON");
        }
    }
}
