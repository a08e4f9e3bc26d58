using System.Runtime.CompilerServices;
using Hoop.Client.Wire;

namespace Hoop.Client;

/// <summary>
/// A list that is read a page at a time, as far as somebody goes: <c>await foreach (var agent in client.Agents.List())</c>. A row that
/// comes or goes meanwhile moves no other one, because pages go by key.
/// </summary>
/// <typeparam name="T">Of a row.</typeparam>
public sealed class HoopPages<T> : IAsyncEnumerable<T>
{
    private readonly Func<string?, CancellationToken, Task<HoopAnswer<IReadOnlyList<T>>>> _page;
    private readonly Func<HoopAnswer<IReadOnlyList<T>>, string?> _next;

    /// <param name="page">Reads the page behind a cursor; null for the first.</param>
    /// <param name="next">The cursor of the page that follows; without it, that of the header.</param>
    internal HoopPages(
        Func<string?, CancellationToken, Task<HoopAnswer<IReadOnlyList<T>>>> page,
        Func<HoopAnswer<IReadOnlyList<T>>, string?>? next = null) =>
        (_page, _next) = (page, next ?? (answer => answer.Raw.NextCursor));

    /// <summary>One page, with the cursor of the next in its <see cref="HoopAnswer.NextCursor"/>.</summary>
    /// <param name="cursor">Where the page begins; null for the first.</param>
    public Task<HoopAnswer<IReadOnlyList<T>>> Page(string? cursor = null, CancellationToken cancellationToken = default) =>
        _page(cursor, cancellationToken);

    /// <summary>The pages, as they come over the wire.</summary>
    public async IAsyncEnumerable<HoopAnswer<IReadOnlyList<T>>> Pages(
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        string? cursor = null;
        do
        {
            var page = await _page(cursor, cancellationToken);
            yield return page;
            var next = _next(page);

            // A gateway that gives the cursor it was asked with would be read for ever.
            cursor = next is { Length: > 0 } && next != cursor ? next : null;
        }
        while (cursor is not null);
    }

    /// <summary>All rows of all pages.</summary>
    public async Task<IReadOnlyList<T>> All(CancellationToken cancellationToken = default)
    {
        var rows = new List<T>();
        await foreach (var page in Pages(cancellationToken))
        {
            rows.AddRange(page.Value);
        }

        return rows;
    }

    public async IAsyncEnumerator<T> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        await foreach (var page in Pages(cancellationToken))
        {
            foreach (var row in page.Value)
            {
                yield return row;
            }
        }
    }
}
