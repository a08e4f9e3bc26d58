using System.Text.Json;
using Hoop.Cli.CommandLine;
using Hoop.Cli.Gateway;

namespace Hoop.Cli.Issuers;

/// <summary>An issuer as people name it: by its URL, or by its id.</summary>
internal static class IssuerReference
{
    public const string Type = "issuer";

    /// <exception cref="CliFailure">There is none.</exception>
    public static async Task<JsonElement> Find(Call call, string idOrUrl, bool byPreset = false)
    {
        var issuers = await call.Api.Rows(hoop => hoop.Issuers.List(pageSize: null), call.Stop);
        var found = issuers.FirstOrDefault(
            issuer => issuer.Text("id") == idOrUrl || issuer.Text("issuer") == idOrUrl
                || (byPreset && issuer.Text("preset") == idOrUrl));
        return found.ValueKind == JsonValueKind.Object ? found : throw ResourceList.Missing(Type, idOrUrl);
    }
}
