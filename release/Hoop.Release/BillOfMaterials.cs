using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Hoop.Release;

/// <summary>CycloneDX 1.6. No time and nothing random: the serial number is taken from the content.</summary>
internal static class BillOfMaterials
{
    public static string Write(IReadOnlyList<LockedPackage> packages, string version)
    {
        var own = $"pkg:generic/hoop@{version}";
        var references = packages.ToLookup(package => package.Name, Reference, StringComparer.OrdinalIgnoreCase);
        var bom = new JsonObject
        {
            ["bomFormat"] = "CycloneDX",
            ["specVersion"] = "1.6",
            ["version"] = 1,
            ["metadata"] = new JsonObject
            {
                ["component"] = new JsonObject
                {
                    ["type"] = "application",
                    ["bom-ref"] = own,
                    ["name"] = "hoop",
                    ["version"] = version,
                    ["licenses"] = Licenses("MIT"),
                },
            },
            ["components"] = new JsonArray([.. packages.Select(Component)]),
            ["dependencies"] = new JsonArray(
            [
                Needs(own, packages.Where(package => package.IsShipped).Select(Reference)),
                .. packages.Select(package => Needs(Reference(package), package.Needs.SelectMany(need => references[need]))),
            ]),
        };
        bom.Insert(3, "serialNumber", Serial(bom.ToJsonString()));
        return Json.Text(bom);
    }

    private static JsonObject Component(LockedPackage package)
    {
        var component = new JsonObject
        {
            ["type"] = "library",
            ["bom-ref"] = Reference(package),
            ["name"] = package.Name,
            ["version"] = package.Version,
            ["scope"] = package.IsShipped ? "required" : "excluded",
            ["hashes"] = new JsonArray(new JsonObject { ["alg"] = "SHA-512", ["content"] = package.Sha512 }),
            ["purl"] = Reference(package),
        };
        if (package.License is { } license)
        {
            component["licenses"] = Licenses(license);
        }

        return component;
    }

    private static JsonArray Licenses(string expression) => [new JsonObject { ["expression"] = expression }];

    private static JsonObject Needs(string reference, IEnumerable<string> on) => new()
    {
        ["ref"] = reference,
        ["dependsOn"] = new JsonArray(
            [.. on.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Select(one => JsonValue.Create(one))]),
    };

    private static string Reference(LockedPackage package) => $"pkg:nuget/{package.Name}@{package.Version}";

    private static string Serial(string content)
    {
        var bytes = SHA256.HashData(Encoding.UTF8.GetBytes(content))[..16];
        (bytes[6], bytes[8]) = ((byte)((bytes[6] & 0x0F) | 0x80), (byte)((bytes[8] & 0x3F) | 0x80));
        return $"urn:uuid:{new Guid(bytes, bigEndian: true):D}";
    }
}
