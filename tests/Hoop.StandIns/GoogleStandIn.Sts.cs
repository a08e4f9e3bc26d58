using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;

namespace Hoop.StandIns;

/// <content>Google's Security Token Service: workload identity federation (RFC 8693).</content>
public sealed partial class GoogleStandIn
{
    private const string TokenExchange = "urn:ietf:params:oauth:grant-type:token-exchange";
    private const string AccessTokenType = "urn:ietf:params:oauth:token-type:access_token";

    /// <summary>Where the exchange answers.</summary>
    public string StsUri => Address + "/v1/token";

    /// <summary>Whom the pool's provider trusts.</summary>
    public OidcRelyingParty Pool { get; } = new();

    /// <summary>Requests to the exchange.</summary>
    public int Exchanges => Volatile.Read(ref _exchanges);

    private int _exchanges;

    private async Task Sts(HttpContext context)
    {
        Interlocked.Increment(ref _exchanges);
        var fault = _tokenEndpoint.Take();
        if (fault is not (GoogleFault.None or GoogleFault.SlowBody))
        {
            await (fault == GoogleFault.CredentialsRejected
                ? GoogleAnswers.RefuseGrant(context, "invalid_grant", "The audience in ID Token does not match the expected audience.")
                : Break(context, fault, "", ""));
            return;
        }

        // Client libraries send either form.
        var form = await Fields(context);
        if (form["grant_type"] != TokenExchange || form["requested_token_type"] != AccessTokenType)
        {
            await GoogleAnswers.RefuseGrant(context, "invalid_request", "Invalid grant_type or requested_token_type.");
            return;
        }

        if (ProviderName().Match(form["audience"]) is not { Success: true } provider)
        {
            await GoogleAnswers.RefuseGrant(context, "invalid_target", "The target service indicated by the \"audience\" parameters is invalid.");
            return;
        }

        if (form["subject_token_type"] is not ("urn:ietf:params:oauth:token-type:jwt" or "urn:ietf:params:oauth:token-type:id_token"))
        {
            await GoogleAnswers.RefuseGrant(context, "invalid_request", "Invalid value for subject_token_type.");
            return;
        }

        var (claims, refusal) = await Pool.Check(form["subject_token"], form["audience"], _clock.GetUtcNow());
        if (claims is not { } subject)
        {
            await GoogleAnswers.RefuseGrant(context, "invalid_grant", refusal!);
            return;
        }

        var principal = $"principal:{provider.Groups["pool"].Value}/subject/{subject.GetProperty("sub").GetString()}";
        var token = Issue(new GoogleToken(principal, null, [.. form["scope"].Split(' ')], _clock.GetUtcNow().AddSeconds(3599)));
        var answer = new JsonObject
        {
            ["access_token"] = token,
            ["issued_token_type"] = AccessTokenType,
            ["token_type"] = "Bearer",
            ["expires_in"] = 3599,
        };
        await Send(context, answer, fault);
    }

    private static async Task<Func<string, string>> FieldsOf(HttpContext context)
    {
        if (context.Request.HasFormContentType)
        {
            var form = await context.Request.ReadFormAsync(context.RequestAborted);
            return name => form[name].ToString();
        }

        var body = await JsonNode.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted);
        return name => body?[CamelCase(name)]?.GetValue<string>() ?? body?[name]?.GetValue<string>() ?? "";
    }

    private static async Task<FormFields> Fields(HttpContext context) => new(await FieldsOf(context));

    private static string CamelCase(string name) =>
        string.Concat(name.Split('_').Select((word, index) => index == 0 ? word : char.ToUpperInvariant(word[0]) + word[1..]));

    [GeneratedRegex(
        "^(?<pool>//iam\\.googleapis\\.com/projects/[0-9]+/locations/global/workloadIdentityPools/[a-z0-9-]+)/providers/[a-z0-9-]+\\z",
        RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex ProviderName();

    private sealed class FormFields(Func<string, string> read)
    {
        public string this[string name] => read(name);
    }
}
