namespace Hoop.Identity.Mounts;

/// <summary>Where a mount is: parts between slashes, and one at the end. <c>auth/</c> in front is not part of it.</summary>
internal static class MountPath
{
    private const int MaxLength = 256;
    private const string Tune = "/tune";

    /// <summary>With the slash at its end; null when it is no path of a mount.</summary>
    public static string? Of(string text)
    {
        var path = text.Trim('/');
        return path.Length is 0 or > MaxLength || path == "tune" || path.EndsWith(Tune, StringComparison.Ordinal)
            || !path.Split('/').All(IsPart)
            ? null
            : path + "/";
    }

    /// <summary>Without <c>/tune</c> at its end, and whether it had that.</summary>
    public static (string Path, bool IsTune) OfTune(string text)
    {
        var path = text.Trim('/');
        return path.EndsWith(Tune, StringComparison.Ordinal) ? (path[..^Tune.Length], true) : (path, false);
    }

    private static bool IsPart(string part) =>
        part is not ("" or "." or "..") && part.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or ':' or '@' or '-');
}
