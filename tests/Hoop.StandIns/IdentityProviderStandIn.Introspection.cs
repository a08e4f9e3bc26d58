using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Hoop.StandIns;

/// <summary>Opaque tokens, and what the provider tells about them (RFC 7662).</summary>
public sealed partial class IdentityProviderStandIn
{
    private readonly Dictionary<string, string> _opaque = new(StringComparer.Ordinal);

    public string IntrospectionUrl => Issuer + "/introspect";

    /// <summary>Faults and counter of introspection (RFC 7662).</summary>
    public DocumentEndpoint Introspection { get; } = new("/introspect");

    /// <summary>How introspection answers about a token that it finds odd; null: as about any other.</summary>
    public Func<string, OddAnswer?>? Odd { get; set; }

    /// <summary>An opaque access token, about which <see cref="IntrospectionUrl"/> tells what RFC 7662 section 2.2 says.</summary>
    /// <param name="changes">Members of that answer; null takes one away.</param>
    public string IssueOpaqueToken(
        string subject, TimeSpan? lifetime = null, IReadOnlyDictionary<string, JsonNode?>? changes = null)
    {
        var now = _clock.GetUtcNow();
        var told = new JsonObject
        {
            ["active"] = true,
            ["token_type"] = "Bearer",
            ["iss"] = Issuer,
            ["sub"] = subject,
            ["aud"] = Audience,
            ["client_id"] = subject,
            ["iat"] = now.ToUnixTimeSeconds(),
            ["exp"] = now.Add(lifetime ?? Lifetime).ToUnixTimeSeconds(),
        };
        foreach (var (name, value) in changes ?? new Dictionary<string, JsonNode?>())
        {
            told.Remove(name);
            if (value is not null)
            {
                told[name] = value.DeepClone();
            }
        }

        var token = "opaque_" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(20));
        lock (_gate)
        {
            _opaque[token] = told.ToJsonString();
        }

        return token;
    }

    /// <summary>What introspection answers for the token, word for word.</summary>
    public void Tell(string token, string answer)
    {
        lock (_gate)
        {
            _opaque[token] = answer;
        }
    }

    /// <summary>From now on the token is not active.</summary>
    public void Revoke(string token)
    {
        lock (_gate)
        {
            _opaque.Remove(token);
        }
    }

    private async Task Introspect(LoopbackServer server, HttpContext context)
    {
        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        if (Authenticate(context, form) is null)
        {
            await Refuse(context, StatusCodes.Status401Unauthorized, "invalid_client");
            return;
        }

        if (Odd?.Invoke(form["token"].ToString()) is { } odd)
        {
            Introspection.Count();
            await odd.Write(server, context);
            return;
        }

        string answer;
        lock (_gate)
        {
            answer = _opaque.GetValueOrDefault(form["token"].ToString(), """{"active":false}""");
        }

        await Introspection.Answer(server, context, answer);
    }
}

/// <summary>What some providers answer where RFC 7662 knows only inactive tokens.</summary>
/// <param name="Status">Null: no answer, ever.</param>
/// <param name="Body">JSON or not.</param>
public sealed record OddAnswer(int? Status, string Body = "")
{
    internal Task Write(LoopbackServer server, HttpContext context)
    {
        if (Status is not { } status)
        {
            return server.Hang(context);
        }

        context.Response.StatusCode = status;
        context.Response.ContentType = Body.StartsWith('<') ? "text/html" : "application/json";
        return context.Response.WriteAsync(Body, context.RequestAborted);
    }
}
