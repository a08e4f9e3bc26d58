using Hoop.Shared.Results;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.AspNetCore.Mvc;

namespace Hoop.Shared.Http;

/// <summary>What every list of /api takes.</summary>
/// <param name="PageSize">1 to 1000; without it the list is whole, up to 10,000 rows.</param>
/// <param name="Cursor">Of the page before; the filters must stay the same.</param>
public sealed record PageQuery(
    [property: FromQuery(Name = "page_size")] int? PageSize,
    [property: FromQuery(Name = "cursor")] string? Cursor);

/// <summary>Some rows of a list.</summary>
/// <param name="Rows">In the list's order.</param>
/// <param name="Next">The cursor of the page that follows; null on the last one.</param>
public sealed record Page<T>(IReadOnlyList<T> Rows, string? Next);

/// <summary>A page that was asked for: where it begins and how long it is. The list is read by its key, never by counting rows.</summary>
public sealed class Paging
{
    /// <summary>Of one page.</summary>
    public const int MaxPageSize = 1_000;

    /// <summary>Of an answer to a call that names no size.</summary>
    public const int MostWithoutPageSize = 10_000;

    /// <summary>A cursor that belongs elsewhere or was changed.</summary>
    public static readonly Error BadCursor = Error.Malformed("cursor: not one that this list gave; start again without it");

    private readonly PageCursor _cursor;
    private readonly int _size;

    private Paging(PageCursor cursor, int size, string[]? after)
    {
        _cursor = cursor;
        _size = size;
        After = after;
    }

    /// <summary>The key of the last row before; null at the beginning.</summary>
    public IReadOnlyList<string>? After { get; }

    /// <summary>How many rows to read: one more than the page has tells that another page follows.</summary>
    public int Limit => _size + 1;

    /// <param name="query">What the caller sent.</param>
    /// <param name="cursor">Of this list.</param>
    /// <param name="parts">How many columns the list's key has.</param>
    public static Result<Paging> Of(PageQuery query, PageCursor cursor, int parts = 1)
    {
        if (query.PageSize is < 1 or > MaxPageSize)
        {
            return Error.Malformed($"page_size: from 1 to {MaxPageSize}");
        }

        string[]? after = null;
        return query.Cursor is { } text && !cursor.TryParse(text, parts, out after)
            ? BadCursor
            : new Paging(cursor, query.PageSize ?? MostWithoutPageSize, after);
    }

    /// <param name="rows">What was read, at most <see cref="Limit"/>.</param>
    /// <param name="key">Of a row.</param>
    public Page<T> Page<T>(IReadOnlyList<T> rows, Func<T, string[]> key) => rows.Count <= _size
        ? new Page<T>(rows, Next: null)
        : new Page<T>([.. rows.Take(_size)], _cursor.Of(key(rows[_size - 1])));
}

/// <summary>From a page to its answer.</summary>
public static class PageExtensions
{
    /// <summary>
    /// 200 with the rows, an array always. When more rows follow, the header <c>Link</c> (RFC 8288) leads to them and
    /// <c>X-Next-Cursor</c> holds the bare cursor.
    /// </summary>
    public static Answer<IReadOnlyList<T>> ToPage<T>(this Result<Page<T>> result, HttpContext context)
    {
        if (!result.Succeeded(out var page, out var error))
        {
            return new Answer<IReadOnlyList<T>>(error, StatusCodes.Status200OK);
        }

        if (page.Next is { } cursor)
        {
            var others = context.Request.Query.Where(
                parameter => !parameter.Key.Equals("cursor", StringComparison.OrdinalIgnoreCase));
            var query = new QueryBuilder(others) { { "cursor", cursor } };
            context.Response.Headers["X-Next-Cursor"] = cursor;
            context.Response.Headers.Link = $"<{context.Request.PathBase}{context.Request.Path}{query}>; rel=\"next\"";
        }

        return Result.Of(page.Rows).ToOk();
    }
}
