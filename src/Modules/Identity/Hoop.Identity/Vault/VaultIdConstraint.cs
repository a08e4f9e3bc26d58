using Microsoft.AspNetCore.Http;

namespace Hoop.Identity.Vault;

/// <summary>
/// <c>{id:vault_id}</c>, <c>{name:vault_name}</c>: what Vault takes for an identifier in a path. Begins and ends with a letter, digit or
/// underscore, with dashes and dots inside. Identifiers here are lower-case uuids; whatever else fits the pattern is simply absent.
/// </summary>
internal sealed class VaultIdConstraint : IRouteConstraint
{
    public bool Match(
        HttpContext? httpContext, IRouter? route, string routeKey, RouteValueDictionary values, RouteDirection routeDirection) =>
        values.TryGetValue(routeKey, out var value)
            && value is string { Length: > 0 } text
            && IsWord(text[0])
            && IsWord(text[^1])
            && text.All(c => IsWord(c) || c is '-' or '.');

    /// <summary>The id that the text spells, or null. One id has one spelling, so that two readers cannot disagree on it.</summary>
    public static Guid? Parse(string text) => Guid.TryParseExact(text, "D", out var id) && id.ToString() == text ? id : null;

    private static bool IsWord(char c) => char.IsAsciiLetterOrDigit(c) || c == '_';
}
