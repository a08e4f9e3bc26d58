using Hoop.Testing;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;

namespace Hoop.Spiffe.Tests.Agents;

/// <summary>A thing that bears the name of a route's own segment could never be read or deleted by its name.</summary>
public sealed class ReservedNamesTests : GatewayFixture
{
    /// <summary>How things are made whose name is a segment of their address.</summary>
    private static readonly Dictionary<string, Func<string, object>> Makers = new(StringComparer.Ordinal)
    {
        ["/api/agents"] = name => new { name },
        ["/api/connections"] = name => new { name, type = "custom", command = new[] { "true" } },
    };

    [Test]
    public async Task Every_literal_segment_beside_a_name_is_refused_as_a_name()
    {
        // What an account is called its provider says, so no name is refused; ?subject= reaches each of them.
        var hidden = HiddenNames().Where(one => one.Folder != "/api/serviceaccounts").ToArray();
        Assert.That(hidden, Does.Contain(("/api/agents", "channel")));
        Assert.That(hidden.Select(one => one.Folder), Is.SubsetOf(Makers.Keys), "a new folder of names needs its maker here");

        foreach (var (folder, name) in hidden)
        {
            foreach (var spelling in new[] { name, name.ToUpperInvariant() })
            {
                var refused = await Admin.Post(folder, Makers[folder](spelling));
                Assert.That(((int)refused.Status, refused.Code), Is.EqualTo((422, "invalid")), $"{folder}/{spelling}");
                Assert.That(refused.Message, Does.StartWith("name: "));
            }
        }
    }

    [Test]
    public async Task A_name_that_only_begins_like_one_is_free()
    {
        Assert.That((int)(await Admin.Post("/api/agents", new { name = "channel2" })).Status, Is.EqualTo(201));
        Assert.That((await Admin.Get("/api/agents/channel2")).Text("name"), Is.EqualTo("channel2"));
    }

    /// <summary>Literal segments that stand where another route of the same folder takes a name.</summary>
    private IEnumerable<(string Folder, string Name)> HiddenNames()
    {
        var routes = Gateway.Services.GetServices<EndpointDataSource>()
            .SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
            .Select(endpoint => endpoint.RoutePattern.PathSegments).ToArray();
        var folders = routes
            .SelectMany(segments => segments.Select((segment, index) => (segment, Folder: Text(segments.Take(index)))))
            .Where(
                one => one.Folder.StartsWith("/api/", StringComparison.Ordinal)
                    && one.segment.Parts[0] is RoutePatternParameterPart { ParameterPolicies.Count: 0 })
            .Select(one => one.Folder).ToHashSet(StringComparer.Ordinal);
        return routes
            .SelectMany(segments => segments.Select((segment, index) => (segment, Folder: Text(segments.Take(index)))))
            .Where(one => folders.Contains(one.Folder) && one.segment.IsSimple && one.segment.Parts[0].IsLiteral)
            .Select(one => (one.Folder, Text([one.segment])[1..]))
            .Distinct();
    }

    private static string Text(IEnumerable<RoutePatternPathSegment> segments) =>
        string.Concat(segments.Select(segment => "/" + (segment.Parts[0] is RoutePatternLiteralPart literal ? literal.Content : "*")));
}
