namespace Hoop.Federation.Sessions;

/// <summary>What stands in an identity token and a cloud compares, to the letter (F15).</summary>
internal sealed record IdentityTokenFacts(string Issuer, string Subject, string Audience);
