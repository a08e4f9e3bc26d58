using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Spiffe.Tests.Mappings;

[Description("CVE-2026-27896, CVE-2024-30105, CVE-2025-6203: bodies that were never meant to be read.")]
public sealed class HostileBodyTests : GatewayFixture
{
    private static readonly string[] Texts =
    [
        "", " ", "\0", "\uFFFF", "spiffe://", "spiffe://td", "spiffe://td/", "spiffe://td/a", "spiffe://td/%00", "spiffe://TD/a",
            "spiffe://td/../a", "{{", "{{.SPIFFEID}}",
        "{{range .}}", "3c90c3cc-0d44-4b50-8888-8dd25736052a", "' OR 1=1 --", "td", "\u202E", new string('a', 5000), "\\ud800",
    ];

    [Test]
    public async Task No_body_makes_the_gateway_fail()
    {
        var random = new Random(20261122);
        var paths = new[] { "/api/spiffe-mappings", "/api/spiffe-mappings/resolve", "/api/trust-domains" };
        var bodies = Enumerable.Range(0, 600).Select(
            i => (Path: paths[i % paths.Length], Body: i % 5 == 0 ? Mangled(random) : Shaped(random))).ToList();

        foreach (var batch in bodies.Chunk(50))
        {
            var replies = await Task.WhenAll(batch.Select(async one => (one, Reply: await Admin.Post(one.Path, one.Body))));
            foreach (var (one, reply) in replies)
            {
                Assert.That((int)reply.Status, Is.LessThan(500), $"{one.Path}: {one.Body}");
            }
        }
    }

    private static string Shaped(Random random)
    {
        var members =
            new[] { "trust_domain", "spiffe_id", "spiffe_prefix", "agent_id", "agent_template", "groups", "token", "name", "bundle_url",
                "bundle_file", "bundle_jwks", "refresh_seconds" };
        var body = new JsonObject();
        foreach (var member in members.Where(_ => random.Next(3) > 0))
        {
            body[member] = Value(random, depth: 0);
        }

        return body.ToJsonString().Replace("\\\\ud800", "\\ud800", StringComparison.Ordinal);
    }

    private static JsonNode? Value(Random random, int depth) => random.Next(depth > 2 ? 6 : 9) switch
    {
        0 => null,
        1 => random.NextDouble() * 1e20,
        2 => random.Next(2) == 0,
        < 6 => Texts[random.Next(Texts.Length)],
        6 => new JsonObject { ["keys"] = Value(random, depth + 1) },
        _ => new JsonArray([.. Enumerable.Range(0, random.Next(4)).Select(_ => Value(random, depth + 1))]),
    };

    private static string Mangled(Random random)
    {
        var bytes = Encoding.UTF8.GetBytes(
            JsonSerializer.Serialize(new
            {
                trust_domain = "td",
                spiffe_id = "spiffe://td/a",
                agent_template = "{{.SPIFFEID}}",
                groups = new[] { "a" }
            }));
        for (var i = random.Next(1, 6); i > 0; i--)
        {
            bytes[random.Next(bytes.Length)] = (byte)random.Next(1, 128);
        }

        return Encoding.ASCII.GetString(bytes);
    }
}
