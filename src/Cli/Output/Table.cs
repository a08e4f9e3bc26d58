using System.Text;
using Hoop.Cli.CommandLine;

namespace Hoop.Cli.Output;

/// <summary>
/// Columns for people, laid out as the reference client's tab writer does: a cell is as wide as its column's widest text and three blanks,
/// six at least. Rows end padded, the header does not.
/// </summary>
internal sealed class Table(params string[] header)
{
    private const int MinWidth = 6;
    private const int Padding = 3;

    private readonly List<string[]> _rows = [];

    /// <summary>A cell that is null or empty prints as <c>-</c>.</summary>
    public void Add(params string?[] cells) =>
        _rows.Add([.. cells.Select(cell => string.IsNullOrEmpty(cell) ? "-" : Printable.Line(cell))]);

    public void Write(Call call)
    {
        var widths = Enumerable.Range(0, header.Length).Select(Width).ToArray();
        call.Line(Pad(header, widths, trailing: false));
        foreach (var row in _rows)
        {
            call.Line(Pad(row, widths, trailing: true));
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

        return Math.Max(MinWidth, cells.DefaultIfEmpty(0).Max() + Padding);
    }

    private static string Pad(string[] cells, int[] widths, bool trailing)
    {
        var line = new StringBuilder();
        for (var column = 0; column < cells.Length; column++)
        {
            line.Append(cells[column]);
            if (trailing || column < cells.Length - 1)
            {
                line.Append(' ', widths[column] - Length(cells[column]));
            }
        }

        return line.ToString();
    }

    private static int Length(string text) => text.EnumerateRunes().Count();
}
