namespace Hoop.Identity.Logins;

/// <summary>What sign-ins have told about an alias.</summary>
/// <param name="Groups">Null: the role asks for none.</param>
/// <param name="At">When the newest token was made that told it; null when none has said.</param>
internal sealed record Told(Dictionary<string, string> Metadata, string[]? Groups, DateTime? At)
{
    /// <summary>
    /// What counts after one more sign-in. An older token than the newest one changes nothing, and one that does not say when it was made
    /// may be older: where others of the name do say, it takes away and adds nothing. Where none does, the last sign-in counts.
    /// </summary>
    /// <param name="before">What counts up to now.</param>
    /// <param name="who">As the token and its role say.</param>
    /// <param name="now">No token counts as made later.</param>
    public static Told After(Told before, LoginClaims who, DateTime now)
    {
        var made = who.IssuedAt is { } issued ? (DateTime?)(issued < now ? issued : now) : null;
        var after = (made, before.At) switch
        {
            (_, null) => new Told(new(who.Metadata, StringComparer.Ordinal), who.Groups?.ToArray(), made),
            (null, _) => before with
            {
                Metadata = new(before.Metadata.Where(pair => IsIn(pair, who.Metadata)), StringComparer.Ordinal),
                Groups = [.. (before.Groups ?? []).Intersect(who.Groups ?? [], StringComparer.Ordinal)],
            },
            _ when made < before.At => before,
            _ => new Told(new(who.Metadata, StringComparer.Ordinal), who.Groups?.ToArray(), made),
        };

        // That a role asks for no groups, or takes over no claim, is said by the role of now, whatever the token's age. Such a sign-in
        // tells nothing, so it makes nobody else's token old.
        return after with
        {
            Groups = who.Groups is null ? null : after.Groups ?? [],
            Metadata = who.MapsClaims ? after.Metadata : [],
            At = who.MapsClaims || who.Groups is not null ? after.At : before.At,
        };
    }

    public bool IsSameAs(Told other) =>
        At == other.At
        && Metadata.Count == other.Metadata.Count && Metadata.All(pair => IsIn(pair, other.Metadata))
        && (Groups is null) == (other.Groups is null)
        && (Groups ?? []).SequenceEqual(other.Groups ?? [], StringComparer.Ordinal);

    private static bool IsIn(KeyValuePair<string, string> pair, IReadOnlyDictionary<string, string> among) =>
        among.TryGetValue(pair.Key, out var value) && value == pair.Value;
}
