using System.Text.Json;
using Hoop.ServiceAccounts.Contracts;
using Hoop.Shared;
using Hoop.Shared.Jose;
using Hoop.Shared.Text;
using Microsoft.AspNetCore.Http;

namespace Hoop.ServiceAccounts.Issuers;

/// <summary>
/// Access tokens that say nothing themselves: one issuer is asked (RFC 7662), and its answer is judged as the claims of a JWT are. Whom it
/// asks never follows from the token, so that a stranger's is not shown around: the request names the issuer, or it is the only one of the
/// operator's own organization that can be asked.
/// </summary>
internal sealed class OpaqueTokens(IssuerDirectory directory, TimeProvider clock, IHttpContextAccessor http)
{
    public const string Inactive = "inactive_token";

    /// <summary>The longest that an answer counts: so much later than at its provider a token ends here.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(60);

    private const int RememberedTokens = 8192;

    // How long a token counts among those that were active lately. It grants nothing but a place where strangers do not stand.
    private static readonly TimeSpan Lately = TimeSpan.FromHours(1);

    // A repeated bad token is not asked about each time.
    private static readonly TimeSpan RefusedFor = TimeSpan.FromSeconds(5);

    // Apart, so that strangers cannot fill the memory of those who are known.
    private readonly TokenMemory<Known> _known = new(clock, RememberedTokens);
    private readonly TokenMemory<Refused> _refused = new(clock, RememberedTokens);
    private readonly TokenMemory<object> _active = new(clock, RememberedTokens);

    /// <summary>Whether it is none of the three segments of a JWT.</summary>
    public static bool IsOpaque(string token) => token.AsSpan().Count('.') != 2;

    /// <summary>The account's subject and claims, or why it is refused.</summary>
    /// <param name="named">URL or id of the issuer; null: the default organization's only one.</param>
    public async Task<Verdict<VerifiedToken>> Verify(string token, string? named, CancellationToken cancellationToken)
    {
        Guid? only = named is null ? DefaultOrganization.Id : null;
        var found = Find(named, only);
        if (!found.Accepted && named is not null && await directory.CatchUp(cancellationToken))
        {
            // A row may have been written a moment ago.
            found = Find(named, only);
        }

        return found.Accepted ? await Verify(token, found.Proven, steps: null, cancellationToken) : found.Refusal;
    }

    /// <summary>The issuer that is asked.</summary>
    /// <param name="orgId">Of this organization alone; null: of any.</param>
    public Verdict<IssuerEntry> Find(string? named, Guid? orgId)
    {
        var candidates = named is null ? directory.Entries
            : Guid.TryParseExact(named, "D", out var id) ? (directory.FindById(id) is { } one ? [one] : [])
            : directory.FindAll(named);
        IssuerEntry? found = null;
        foreach (var entry in candidates)
        {
            if (entry.Introspection is not null && (orgId is null || entry.Trusted.OrgId == orgId))
            {
                if (found is not null)
                {
                    return new Refusal(
                        AuthenticateAccessToken.NobodyToAsk, "several issuers could be asked; X-Hoop-Issuer must say which, by its id");
                }

                found = entry;
            }
        }

        return found is not null ? found : new Refusal(
            AuthenticateAccessToken.NobodyToAsk,
            named is null
                ? "no issuer of the default organization can be asked about an opaque token (introspection_url of /api/issuers)"
                : $"X-Hoop-Issuer is {Printable.Word(named)}, and no such issuer has an introspection_url (/api/issuers)");
    }

    /// <param name="steps">Gets what was found, question by question; then nothing is remembered before or after.</param>
    public async Task<Verdict<VerifiedToken>> Verify(
        string token, IssuerEntry entry, List<TokenStep>? steps, CancellationToken cancellationToken)
    {
        var key = $"{entry.Id} {token}";
        if (steps is null && !entry.IsGone)
        {
            if (_known.Find(key) is { } known && ReferenceEquals(known.Token.Entry, entry))
            {
                return TokenChecks.TimesOfIntrospected(known.Times, clock.GetUtcNow(), entry.Trusted) is { } ended ? ended : known.Token;
            }

            if (_refused.Find(key) is { } refused && ReferenceEquals(refused.Entry, entry))
            {
                return refused.Refusal;
            }
        }

        // The time counts from before the question: what the provider takes back while it answers may not count longer.
        var asked = clock.GetTimestamp();
        var source = http.HttpContext?.Connection.RemoteIpAddress;
        var answer = await entry.Introspection!.Ask(token, _active.Find(key) is not null, source, cancellationToken);
        if (!answer.Accepted)
        {
            steps?.Add(new TokenStep("introspection", Accepted: false, answer.Refusal.Reason));
            return answer.Refusal;
        }

        var verdict = Read(answer.Proven.Body, entry, asked, steps, out var times);
        if (verdict.Accepted)
        {
            _active.Add(key, _active, Lately);
        }
        else if (steps is null)
        {
            _active.Forget(key);
            entry.Introspection.Suspect(source);
        }

        if (steps is null && verdict.Accepted)
        {
            _known.Add(key, new Known(verdict.Proven, times), verdict.Proven.CountsFor(clock) ?? TimeSpan.Zero);
        }
        else if (steps is null)
        {
            _refused.Add(key, new Refused(entry, verdict.Refusal!), RefusedFor);
        }

        return verdict;
    }

    private Verdict<VerifiedToken> Read(
        ReadOnlyMemory<byte> body, IssuerEntry entry, long asked, List<TokenStep>? steps, out TokenTimes times)
    {
        times = default;
        var bytes = ByteOrderMark.Skip(body);
        if (ActiveProblem(bytes) is { } inactive)
        {
            steps?.Add(new TokenStep("introspection", Accepted: false, inactive.Reason));
            return inactive;
        }

        if (!JwtClaims.TryRead(bytes.Span, out var claims, out var refusal))
        {
            steps?.Add(new TokenStep("introspection", Accepted: false, refusal.Reason));
            return refusal;
        }

        steps?.Add(new TokenStep("introspection", Accepted: true, "the issuer says that it is active"));
        times = claims.Times;
        var now = clock.GetUtcNow();
        if (TokenChecks.FirstOfIntrospected(claims, entry.Trusted, now, steps) is { } unfit)
        {
            return unfit;
        }

        var left = claims.Times.ExpiresAt - now;
        using var document = JsonDocument.Parse(bytes);
        return new VerifiedToken(entry, TokenChecks.SubjectOf(claims, entry.Trusted)!, claims.Times.ExpiresAt)
        {
            IsOfFormerClient = TokenChecks.IsOfFormerClient(claims, entry.Trusted),
            Claims = document.RootElement.Clone(),
            CountsUntil = asked + (long)((left < Longest ? left : Longest).TotalSeconds * clock.TimestampFrequency),
        };
    }

    /// <summary>RFC 7662 section 2.2: active is a truth value, and whatever else an inactive token's answer says does not count.</summary>
    private static Refusal? ActiveProblem(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(
                body, new JsonDocumentOptions { MaxDepth = CompactJws.MaxDepth, AllowDuplicateProperties = false });
            return document.RootElement.ValueKind != JsonValueKind.Object || !document.RootElement.TryGetProperty("active", out var active)
                ? Refusal.Malformed("the introspection endpoint's answer is no object with active")
                : active.ValueKind == JsonValueKind.True ? null
                : new Refusal(Inactive, "the issuer says that the token is not active");
        }
        catch (JsonException)
        {
            return Refusal.Malformed("the introspection endpoint's answer is not valid JSON");
        }
    }

    private sealed record Known(VerifiedToken Token, TokenTimes Times);

    private sealed record Refused(IssuerEntry Entry, Refusal Refusal);
}
