using System.CommandLine;
using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Hoop.Cli.CommandLine;
using Hoop.Cli.Configuration;

namespace Hoop.Cli.TrustDomains;

/// <summary><c>hoop admin create trust-domain NAME</c>: POST /api/trust-domains.</summary>
internal static class CreateTrustDomain
{
    public static Command Command()
    {
        var name = ResourceList.Name("trust domain", "NAME", "Name of the trust domain");
        var url = new Option<string?>("--bundle-url") { Description = "https address of its bundle", HelpName = "URL" };
        var file = new Option<string?>("--bundle-file")
        {
            Description = "Path of its bundle on the gateway's machine; for the operator only",
            HelpName = "PATH",
        };
        var jwks = new Option<string?>("--bundle-jwks")
        {
            Description = "File here with the bundle itself, which is then fixed; - is standard input",
            HelpName = "FILE",
        };
        var refresh = new Option<int?>("--refresh-seconds") { Description = "How often to fetch the bundle", HelpName = "N" };

        return new Verb("trust-domain", "Trust the SPIFFE identities of a domain", "trust-domains", "trustdomain")
        {
            name, url, file, jwks, refresh,
        }.With("""
            hoop admin create trust-domain example.com --bundle-url https://spire.example.com:8443
            hoop admin create trust-domain example.com --bundle-jwks ./bundle.json
            """).Does(async call =>
        {
            var sources = new Option[] { url, file, jwks };
            if (sources.Count(call.Has) != 1)
            {
                throw new CliFailure("exactly one of --bundle-url, --bundle-file and --bundle-jwks must be set");
            }

            var domain = call.Value(name)!;
            var body = new JsonObject { ["name"] = domain };
            if (call.Value(url) is { } address)
            {
                body["bundle_url"] = address;
            }
            else if (call.Value(file) is { } path)
            {
                body["bundle_file"] = path;
            }
            else
            {
                body["bundle_jwks"] = Document(call.Value(jwks)!);
            }

            if (call.Value(refresh) is { } seconds)
            {
                body["refresh_seconds"] = seconds;
            }

            var answer = await call.Api.Send(HttpMethod.Post, "/api/trust-domains", body, call.Stop);
            if (answer.Status == HttpStatusCode.Conflict)
            {
                throw new CliFailure(
                    $"trust-domain \"{domain}\" exists already ({(int)answer.Status}); delete it first, or update it with PUT "
                        + "/api/trust-domains/ID");
            }

            call.Done(answer.OrFail(), "trust-domain", domain, "created");
            if (!answer.IsEmpty)
            {
                call.Warnings(answer.Object);
            }
        });
    }

    private static JsonObject Document(string path)
    {
        try
        {
            return JsonNode.Parse(InputFile.Text("--bundle-jwks", path)) as JsonObject
                ?? throw new CliFailure($"--bundle-jwks: {path} does not hold a JSON object");
        }
        catch (JsonException exception)
        {
            var place = exception is { LineNumber: { } line, BytePositionInLine: { } column }
                ? string.Create(CultureInfo.InvariantCulture, $"{line + 1}:{column + 1}: ")
                : "";
            throw new CliFailure($"--bundle-jwks: {path}: {place}this is not JSON");
        }
    }
}
