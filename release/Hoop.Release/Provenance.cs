using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace Hoop.Release;

/// <summary>
/// An in-toto statement with a SLSA provenance: which files, from which commit, with which packages, by which recipe. It says what is
/// so and no more: it is not signed, and its builder is whoever ran the script.
/// </summary>
internal static class Provenance
{
    public static string Write(IReadOnlyList<LockedPackage> packages, string version, string commit, IEnumerable<string> files) =>
        Json.Text(new JsonObject
        {
            ["_type"] = "https://in-toto.io/Statement/v1",
            ["subject"] = new JsonArray([.. files.OrderBy(Path.GetFileName, StringComparer.Ordinal).Select(Subject)]),
            ["predicateType"] = "https://slsa.dev/provenance/v1",
            ["predicate"] = new JsonObject
            {
                ["buildDefinition"] = new JsonObject
                {
                    ["buildType"] = "urn:hoop:release.sh:1",
                    ["externalParameters"] = new JsonObject { ["version"] = version },
                    ["resolvedDependencies"] = new JsonArray(
                    [
                        new JsonObject { ["name"] = "source", ["digest"] = new JsonObject { ["gitCommit"] = commit } },
                        .. packages.Select(package => new JsonObject
                        {
                            ["uri"] = $"pkg:nuget/{package.Name}@{package.Version}",
                            ["digest"] = new JsonObject { ["sha512"] = package.Sha512 },
                        }),
                    ]),
                },
                ["runDetails"] = new JsonObject { ["builder"] = new JsonObject { ["id"] = "urn:hoop:whoever-ran-release.sh" } },
            },
        });

    private static JsonObject Subject(string file)
    {
        using var content = File.OpenRead(file);
        return new JsonObject
        {
            ["name"] = Path.GetFileName(file),
            ["digest"] = new JsonObject { ["sha256"] = Convert.ToHexStringLower(SHA256.HashData(content)) },
        };
    }
}
