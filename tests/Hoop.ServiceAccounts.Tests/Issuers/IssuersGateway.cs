using System.Text.Json.Nodes;
using Hoop.StandIns;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.ServiceAccounts.Tests.Issuers;

/// <summary>
/// A gateway whose issuers are rows that bring their keys along, so that tokens can carry the names that providers really use; all are
/// signed with one key here.
/// </summary>
internal sealed class IssuersGateway(TestGateway gateway, SigningKey key) : IAsyncDisposable
{
    public TestGateway Gateway { get; } = gateway;

    public SigningKey Key { get; } = key;

    public JsonObject KeySet => new() { ["keys"] = new JsonArray(Key.PublicJwk("sig", Key.Algorithm)) };

    public static async Task<IssuersGateway> Start(string algorithm = "RS256") =>
        new(await TestGateway.Start(new() { ["HOOP_ISSUERS_ALLOW_LOOPBACK_HTTP"] = "true" }), SigningKey.Create(algorithm, "k1"));

    /// <summary>Makes an issuer, and demands that it worked.</summary>
    public async Task<Reply> Trust(object settings, HttpClient? admin = null)
    {
        var reply = await Post(settings, admin);
        Assert.That((int)reply.Status, Is.EqualTo(201), reply.Body.GetRawText());
        return reply;
    }

    /// <summary>With the keys, unless the settings say where they are.</summary>
    public Task<Reply> Post(object settings, HttpClient? admin = null) =>
        (admin ?? Gateway.Operator).Post("/api/issuers", WithKeys(settings));

    public JsonObject WithKeys(object settings)
    {
        var body = (settings as JsonObject)
            ?? System.Text.Json.JsonSerializer.SerializeToNode(settings, settings.GetType())!.AsObject();
        if (!body.ContainsKey("jwks") && !body.ContainsKey("jwks_url"))
        {
            body["jwks"] = KeySet;
        }

        return body;
    }

    public async Task Account(string issuer, string subject, params string[] groups)
    {
        var reply = await Gateway.Operator.Post("/api/serviceaccounts", new { issuer, subject, status = "active", groups });
        Assert.That((int)reply.Status, Is.EqualTo(201), reply.Body.GetRawText());
    }

    /// <summary>A token with these claims, and times that are good now unless they say otherwise.</summary>
    /// <param name="claims">JSON; null takes a claim away.</param>
    public string Mint(string claims, string? type = "JWT", SigningKey? signer = null, string? algorithm = null)
    {
        var all = JsonNode.Parse(claims)!.AsObject();
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        foreach (var (name, value) in new[] { ("iat", now), ("nbf", now), ("exp", now + 300) })
        {
            all.TryAdd(name, value);
        }

        foreach (var name in all.Where(claim => claim.Value is null).Select(claim => claim.Key).ToList())
        {
            all.Remove(name);
        }

        var header = new JsonObject { ["alg"] = algorithm ?? (signer ?? Key).Algorithm, ["kid"] = (signer ?? Key).KeyId };
        if (type is not null)
        {
            header["typ"] = type;
        }

        return (signer ?? Key).SignText(header.ToJsonString(), all.ToJsonString());
    }

    /// <summary>Changes of a token's claims.</summary>
    public static string With(string claims, string changes)
    {
        var all = JsonNode.Parse(claims)!.AsObject();
        foreach (var (name, value) in JsonNode.Parse(changes)!.AsObject())
        {
            all[name] = value?.DeepClone();
        }

        return all.ToJsonString();
    }

    public async Task<int> Ask(string token) => (int)(await Gateway.As(token).Get("/api/userinfo")).Status;

    public async ValueTask DisposeAsync()
    {
        await Gateway.DisposeAsync();
        Key.Dispose();
    }
}
