using System.Net.Http.Headers;
using Microsoft.AspNetCore.Http;

namespace Hoop.Federation.ConnectionPolicies;

/// <summary>
/// Optimistic concurrency: the revision of a policy as its entity tag (RFC 9110 section 8.8.3), and what <c>If-Match</c> and
/// <c>If-None-Match</c> demand of a write. Both are optional.
/// </summary>
internal static class PolicyTag
{
    /// <summary>200 with the policy and its tag.</summary>
    public static Answer<PolicyView> ToTagged(this Result<PolicyView> result, HttpContext context)
    {
        if (result.Succeeded(out var view, out _))
        {
            context.Response.Headers.ETag = Of(view.Revision);
        }

        return result.ToOk();
    }

    /// <summary>What the caller demands; null when a header is none of RFC 9110 section 13.1.</summary>
    public static Result<Demand> DemandOf(IHeaderDictionary headers) =>
        TagsOf(headers.IfMatch.ToString()) is { } match && TagsOf(headers.IfNoneMatch.ToString()) is { } none
            ? new Demand(match, none)
            : Error.Malformed("If-Match and If-None-Match hold entity tags in quotes, or *", "malformed_precondition");

    private static string Of(Guid revision) => $"\"{revision}\"";

    // A weak tag never matches here (section 13.1.1), so it stays as it is written, with its W/.
    private static string[]? TagsOf(string header)
    {
        if (header.Length == 0)
        {
            return [];
        }

        var tags = header.Split(',', StringSplitOptions.TrimEntries);
        return tags.Length <= 16 && tags.All(tag => tag == "*" || EntityTagHeaderValue.TryParse(tag, out _)) ? tags : null;
    }

    internal sealed record Demand(IReadOnlyList<string> Match, IReadOnlyList<string> NoneMatch)
    {
        /// <summary>Why the write may not happen on what is stored; null when it may.</summary>
        public Error? Refuse(Guid? stored)
        {
            if (Match.Count > 0 && !Holds(Match, stored))
            {
                return Error.Stale(stored is null
                    ? "the connection has no federation policy any more, and If-Match demands one"
                    : "the federation policy was changed by somebody else since it was read; read it again, and repeat the change on that");
            }

            return NoneMatch.Count > 0 && Holds(NoneMatch, stored)
                ? Error.Stale("the connection has such a federation policy already, and If-None-Match demands that it has not")
                : null;
        }

        private static bool Holds(IReadOnlyList<string> tags, Guid? stored) =>
            stored is { } revision && tags.Any(tag => tag == "*" || tag == Of(revision));
    }
}
