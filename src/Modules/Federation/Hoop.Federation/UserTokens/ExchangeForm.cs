using Hoop.Shared.Secrets;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Hoop.Federation.UserTokens;

/// <summary>A token exchange as RFC 8693 section 2.1 writes it, of the one kind that this endpoint makes.</summary>
internal sealed record ExchangeForm(Guid OrgId, Guid ConnectionId, SecretText SubjectToken)
{
    private const string Grant = "urn:ietf:params:oauth:grant-type:token-exchange";
    private const string AccessToken = "urn:ietf:params:oauth:token-type:access_token";
    private const string Jwt = "urn:ietf:params:oauth:token-type:jwt";
    private const int MaxToken = 16 * 1024;

    // What the libraries send is a handful of fields; what strangers send is bounded before it is read.
    private static readonly FormOptions Limits = new()
    {
        BufferBodyLengthLimit = 32 * 1024,
        ValueCountLimit = 32,
        KeyLengthLimit = 64,
        ValueLengthLimit = MaxToken,
    };

    public static async Task<Result<ExchangeForm>> Read(HttpRequest request, CancellationToken cancellationToken)
    {
        if (!request.HasFormContentType
            || request.ContentType?.StartsWith("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase) != true)
        {
            return Wrong("the body must be application/x-www-form-urlencoded");
        }

        try
        {
            return Parse(await request.ReadFormAsync(Limits, cancellationToken));
        }
        catch (InvalidDataException)
        {
            return Wrong("the body is longer, or has more fields, than an exchange needs");
        }
    }

    private static Result<ExchangeForm> Parse(IFormCollection form)
    {
        if (form.FirstOrDefault(field => field.Value.Count > 1) is { Key: { } repeated })
        {
            return Wrong($"{Hoop.Shared.Text.Printable.Word(repeated)}: given more than once");
        }

        var grant = Text(form, "grant_type");
        if (grant != Grant)
        {
            return grant.Length == 0
                ? Wrong("grant_type: missing")
                : Error.Invalid($"grant_type: must be {Grant}", "unsupported_grant_type");
        }

        if (Text(form, "requested_token_type") is not ("" or AccessToken))
        {
            return Wrong($"requested_token_type: must be {AccessToken}");
        }

        if (Text(form, "subject_token_type") is not (SubjectTokens.Type or Jwt))
        {
            return Wrong($"subject_token_type: must be {SubjectTokens.Type}");
        }

        if (Text(form, "actor_token").Length > 0 || Text(form, "actor_token_type").Length > 0)
        {
            return Wrong("actor_token: nobody acts for another here");
        }

        if (Text(form, "resource").Length > 0 || !SubjectTokens.TryAudience(Text(form, "audience"), out var orgId, out var connectionId))
        {
            return Error.Invalid("audience: must be the one of the subject token, and the only target", "invalid_target");
        }

        return Text(form, "subject_token") is { Length: > 0 } token
            ? new ExchangeForm(orgId, connectionId, new SecretText(token))
            : Wrong("subject_token: missing");
    }

    private static string Text(IFormCollection form, string name) => form[name].ToString();

    private static Error Wrong(string message) => Error.Malformed(message, "invalid_request");
}
