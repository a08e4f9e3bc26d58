using System.CommandLine;
using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Hoop.Cli.CommandLine;
using Hoop.Cli.Configuration;
using Hoop.Cli.Gateway;
using Hoop.Client;

namespace Hoop.Cli.TrustDomains;

/// <summary><c>hoop admin create trust-domain NAME</c>: POST /api/trust-domains.</summary>
internal static class CreateTrustDomain
{
    public static Command Command()
    {
        var source = new SourceOptions();
        var name = ResourceList.Name("trust domain", "NAME", "Name of the trust domain");
        return new Verb("trust-domain", "Trust the SPIFFE identities of a domain", "trust-domains", "trustdomain")
        {
            name, source.Url, source.File, source.Jwks, source.Refresh,
        }.With("""
            hoop admin create trust-domain example.com --bundle-url https://spire.example.com:8443
            hoop admin create trust-domain example.com --bundle-jwks ./bundle.json
            """).Showing(Formats.Named).For("POST /api/trust-domains").Does(async call =>
        {
            var domain = call.Value(name)!;
            var answer = await call.Api.Try(hoop => hoop.TrustDomains.Create(
                source.Body(call, domain).As(HoopJson.Default.CreateTrustDomainRequest), call.Stop));
            if (answer.Status == HttpStatusCode.Conflict)
            {
                throw new CliFailure(
                    $"trust-domain \"{domain}\" exists already ({(int)answer.Status}); change it with: hoop admin update trust-domain {domain}");
            }

            call.Done(answer.OrFail(), "trust-domain", domain, "created");
            if (!answer.IsEmpty)
            {
                call.Warnings(answer.Object);
            }
        });
    }

    /// <summary><c>hoop admin update trust-domain NAME</c>: PUT /api/trust-domains/{id}. Replaces its source.</summary>
    public static Command Update()
    {
        var source = new SourceOptions();
        var name = ResourceList.Name("trust domain", "NAME", "Name or id of the trust domain");
        return new Verb("trust-domain", "Replace the bundle's source; keys of the earlier one count no more", "trust-domains", "trustdomain")
        {
            name, source.Url, source.File, source.Jwks, source.Refresh,
        }.With("""
            hoop admin update trust-domain example.com --bundle-url https://spire.example.com:8443 --refresh-seconds 60
            """).Showing(Formats.Named).For("PUT /api/trust-domains/{id:uuid}").Does(async call =>
        {
            var id = await TrustDomainReference.IdOf(call, call.Value(name)!);
            var was = (await call.Api.Do(hoop => hoop.TrustDomains.Get(id, call.Stop))).Object.Text("name")!;
            var answer = await call.Api.Do(hoop => hoop.TrustDomains.Update(
                id, source.Body(call, was).As(HoopJson.Default.UpdateTrustDomainRequest), call.Stop));
            call.Done(answer, "trust-domain", was, "updated");
            if (!answer.IsEmpty)
            {
                call.Warnings(answer.Object);
            }
        });
    }

    /// <summary>Where the bundle comes from.</summary>
    private sealed class SourceOptions
    {
        public Option<string?> Url { get; } = new("--bundle-url") { Description = "https address of its bundle", HelpName = "URL" };

        public Option<string?> File { get; } = new("--bundle-file")
        {
            Description = "Path of its bundle on the gateway's machine; for the operator only",
            HelpName = "PATH",
        };

        public Option<string?> Jwks { get; } = new("--bundle-jwks")
        {
            Description = "File here with the bundle itself, which is then fixed; - is standard input",
            HelpName = "FILE",
        };

        public Option<int?> Refresh { get; } = new("--refresh-seconds") { Description = "How often to fetch the bundle", HelpName = "N" };

        public JsonObject Body(Call call, string domain)
        {
            if (new Option[] { Url, File, Jwks }.Count(call.Has) != 1)
            {
                throw new CliFailure("exactly one of --bundle-url, --bundle-file and --bundle-jwks must be set");
            }

            var body = new JsonObject { ["name"] = domain };
            if (call.Value(Url) is { } address)
            {
                body["bundle_url"] = address;
            }
            else if (call.Value(File) is { } path)
            {
                body["bundle_file"] = path;
            }
            else
            {
                body["bundle_jwks"] = Document(call.Value(Jwks)!);
            }

            if (call.Value(Refresh) is { } seconds)
            {
                body["refresh_seconds"] = seconds;
            }

            return body;
        }
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
