using System.CommandLine;
using System.Text.Json.Nodes;
using Hoop.Cli.CommandLine;
using Hoop.Cli.Configuration;

namespace Hoop.Cli.Issuers;

/// <summary>
/// The options of an issuer that is asked about opaque tokens, and of a key set behind an authority or a token of its own.
/// </summary>
internal sealed class IntrospectionOptions
{
    private readonly Option<string?> _url = Text("--introspection-url", "URL", "Ask there about tokens that are no JWTs (RFC 7662)");
    private readonly Option<string?> _client = Text("--introspection-client-id", "ID", "As which client the gateway asks");
    private readonly Option<string?> _secret = Text(
        "--introspection-secret-file", "FILE", "File here with that client's secret; --overwrite keeps it for the same URL");
    private readonly Option<string?> _roots = Text(
        "--jwks-ca-file", "FILE", "File here with the authorities (PEM) of the issuer's URLs, in place of the system's");
    private readonly Option<string?> _token = Text(
        "--jwks-token-file", "FILE", "File here with a bearer token for --jwks-url, as a cluster may want; --overwrite keeps it");

    public void AddTo(Verb verb)
    {
        foreach (var option in new Option[] { _url, _client, _secret, _roots, _token })
        {
            verb.Add(option);
        }
    }

    public void Write(Call call, JsonObject body)
    {
        Set("introspection_url", call.Value(_url));
        Set("introspection_client_id", call.Value(_client));
        Set("introspection_secret", call.Value(_secret) is { } secret ? Line("--introspection-secret-file", secret) : null);
        Set("jwks_ca_pem", call.Value(_roots) is { } roots ? InputFile.Text("--jwks-ca-file", roots) : null);
        Set("jwks_token", call.Value(_token) is { } token ? Line("--jwks-token-file", token) : null);

        void Set(string member, string? value)
        {
            if (value is not null)
            {
                body[member] = value;
            }
        }
    }

    // Editors end a file with a line feed, and no secret does.
    private static string Line(string name, string path) => InputFile.Text(name, path).TrimEnd('\r', '\n');

    private static Option<string?> Text(string name, string label, string description) =>
        new(name) { Description = description, HelpName = label };
}
