using System.Text.Json;
using System.Text.Json.Nodes;
using Hoop.Cli.CommandLine;
using Hoop.Cli.Gateway;
using Hoop.Client;

namespace Hoop.Cli.Apply;

/// <summary>All kinds, those that others name before them.</summary>
internal static class ManifestKinds
{
    /// <summary>Of the lists that are read whole.</summary>
    public const int PageSize = 1000;

    public static readonly IReadOnlyList<ManifestKind> All =
    [
        SpiffeKinds.TrustDomain,
        AccountKinds.Issuer,
        AccountKinds.Rule,
        AccountKinds.Account,
        AccountKinds.User,
        SpiffeKinds.Agent,
        SpiffeKinds.Mapping,
        ConnectionKinds.Connection,
        ConnectionKinds.Federation,
        StoreKinds.Policy,
        StoreKinds.Entity,
        StoreKinds.Group,
    ];

    public static ManifestKind? Find(string word) => All.FirstOrDefault(
        kind => kind.Name == word || kind.Aliases.Contains(word) || $"{kind.Name}s" == word || kind.Aliases.Any(alias => $"{alias}s" == word));

    /// <summary>All rows of a list, page by page.</summary>
    public static Task<IReadOnlyList<JsonElement>> Rows<T>(Call call, Func<HoopClient, HoopPages<T>> list) =>
        call.Api.Rows(list, call.Stop);

    /// <summary>Of a row what a manifest may name.</summary>
    public static JsonObject Taken(JsonElement row, IEnumerable<string> members) => new(
        members.Where(member => row.Member(member) is not null)
            .Select(member => KeyValuePair.Create(member, JsonNode.Parse(row.Member(member)!.Value.GetRawText()))));

    public static string Text(this JsonObject body, string member) =>
        body[member] is JsonValue value && value.TryGetValue<string>(out var text) ? text : "";

    /// <summary>The body without what is no member of the call's own.</summary>
    public static JsonObject Without(this JsonObject body, params ReadOnlySpan<string> members)
    {
        var copy = (JsonObject)body.DeepClone();
        foreach (var member in members)
        {
            copy.Remove(member);
        }

        return copy;
    }
}
