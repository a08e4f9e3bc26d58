using System.Text;

namespace Hoop.Cli.Output;

/// <summary>
/// Columns for people, laid out as the reference client's tab writer does: a cell is as wide as its column's widest text and three blanks,
/// six at least. Where the terminal is too narrow for that, each row becomes a block of labels, as psql does it.
/// </summary>
internal sealed class Table(params string[] header)
{
    private const int MinWidth = 6;
    private const int Padding = 3;

    private readonly List<string[]> _rows = [];

    public IReadOnlyList<string> Header => header;

    /// <summary>As they are shown.</summary>
    public IReadOnlyList<IReadOnlyList<string>> Rows => _rows;

    /// <summary>A cell that is null or empty prints as <c>-</c>.</summary>
    public void Add(params string?[] cells) =>
        _rows.Add([.. cells.Select(cell => string.IsNullOrEmpty(cell) ? "-" : Printable.Line(cell))]);

    public bool IsEmpty => _rows.Count == 0;

    /// <summary>The same with columns more.</summary>
    /// <param name="titles">Of the new columns.</param>
    /// <param name="cells">A row's new cells, in the order of the rows.</param>
    public Table With(IEnumerable<string> titles, IEnumerable<IEnumerable<string?>> cells)
    {
        var wide = new Table([.. header, .. titles]);
        foreach (var (row, more) in _rows.Zip(cells))
        {
            wide.Add([.. row, .. more]);
        }

        return wide;
    }

    /// <param name="columns">Of the terminal; null when there is none.</param>
    public IEnumerable<string> Lines(int? columns)
    {
        var widths = Enumerable.Range(0, header.Length).Select(Width).ToArray();
        return columns < widths.Sum() - Padding ? Blocks() : _rows.Prepend(header).Select(cells => Padded(cells, widths));
    }

    private IEnumerable<string> Blocks()
    {
        var width = header.Max(title => title.Length) + Padding;
        for (var index = 0; index < _rows.Count; index++)
        {
            if (index > 0)
            {
                yield return "";
            }

            for (var column = 0; column < header.Length; column++)
            {
                yield return header[column].PadRight(width) + _rows[index][column];
            }
        }
    }

    // The last heading ends its line, so it does not widen the last column.
    private int Width(int column)
    {
        var cells = _rows.Select(row => Length(row[column]));
        if (column < header.Length - 1)
        {
            cells = cells.Append(header[column].Length);
        }

        return Math.Max(MinWidth, cells.Max() + Padding);
    }

    private static string Padded(string[] cells, int[] widths)
    {
        var line = new StringBuilder();
        for (var column = 0; column < cells.Length; column++)
        {
            line.Append(cells[column]).Append(' ', Math.Max(0, widths[column] - Length(cells[column])));
        }

        return line.ToString().TrimEnd(' ');
    }

    private static int Length(string text) => text.EnumerateRunes().Count();
}
