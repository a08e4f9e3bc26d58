using System.Reflection;
using System.Text.RegularExpressions;

namespace Hoop.Host.OpenApi;

/// <summary>
/// What the comment above a slice says, taken apart: <c>DELETE /api/agents/{nameOrId}. Deletes an agent; its channels close.</c>
/// </summary>
/// <param name="Summary">The first sentence, for lists.</param>
/// <param name="Description">All of it behind the route.</param>
internal sealed partial record SliceDocs(string Summary, string Description)
{
    private static readonly char[] Ends = ['.', ';', ':'];

    /// <summary>The class whose code answers, which nests its lambdas; null for the framework's own endpoints.</summary>
    public static Type? SliceOf(IEnumerable<object> metadata)
    {
        var type = metadata.OfType<MethodInfo>().LastOrDefault()?.DeclaringType;
        while (type?.DeclaringType is { } outer)
        {
            type = outer;
        }

        return type;
    }

    public static SliceDocs? Of(string? comment)
    {
        if (comment is null)
        {
            return null;
        }

        var text = Route().Replace(comment, "");
        var end = text.IndexOfAny(Ends);
        return new SliceDocs(end < 0 ? text : text[..end], text);
    }

    [GeneratedRegex(@"^(GET|POST|PUT|DELETE|LIST|PATCH|HEAD)\b.*?\.\s+(?=\p{Lu})", RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex Route();
}
