using System.Runtime.InteropServices;
using System.Text.Json;
using Hoop.Cli.Output;

namespace Hoop.Cli.CommandLine;

/// <summary>
/// <c>--watch</c>: a list that is read again and again; first all of it, then what came, changed and went. Ends with 0 when it is told to.
/// It holds one list, however long it runs.
/// </summary>
internal sealed class Watch(Call call, Listing listing, ListQuery query, string? name)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    private Dictionary<string, (string Shown, JsonElement Row)> _known = new(StringComparer.Ordinal);
    private bool _toldTrouble;

    public async Task Run()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(call.Stop);
        PosixSignal[] signals = [PosixSignal.SIGINT, PosixSignal.SIGTERM];
        var registrations = signals.Select(signal => PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = true;
            stop.Cancel();
        })).ToArray();
        try
        {
            await Show(await Read(stop.Token), isFirst: true);
            while (true)
            {
                await Task.Delay(Pause, stop.Token);
                if (!Terminal.IsHeard)
                {
                    throw new UnwrittenException("nobody reads it", isUnheard: true);
                }

                await Again(stop.Token);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Asked for: a watch has no other end.
        }
        finally
        {
            foreach (var registration in registrations)
            {
                registration.Dispose();
            }
        }
    }

    private async Task Again(CancellationToken stop)
    {
        IReadOnlyList<JsonElement> rows;
        try
        {
            rows = await Read(stop);
        }
        catch (CliFailure trouble) when (!stop.IsCancellationRequested)
        {
            // A gateway that restarts is watched on; each trouble is told once.
            if (!_toldTrouble)
            {
                call.Warning($"{trouble.Message}; watching on");
            }

            _toldTrouble = true;
            return;
        }

        _toldTrouble = false;
        await Show(rows, isFirst: false);
    }

    private async Task<IReadOnlyList<JsonElement>> Read(CancellationToken stop)
    {
        if (name is null)
        {
            return listing.Rows(await call.List(listing, query, stop));
        }

        // Never the values of secrets, which would be a read of its own in the audit trail, every two seconds.
        return await call.FindOne(listing, name, withSecrets: false, stop) is { } answer ? [listing.RowOf(answer)] : [];
    }

    private async Task Show(IReadOnlyList<JsonElement> rows, bool isFirst)
    {
        var table = await (call.Format == Formats.Wide ? listing.Wide(rows) : listing.Table(rows));
        var now = new Dictionary<string, (string Shown, JsonElement Row)>(StringComparer.Ordinal);
        foreach (var (row, cells) in rows.Zip(table.Rows))
        {
            // What people see decides for people: an agent that is alive is no change.
            now[listing.NameOf(row)] = (call.Json ? row.GetRawText() : string.Join('\0', cells), row);
        }

        var came = now.Where(pair => !_known.ContainsKey(pair.Key)).Select(pair => ("added", pair.Key, pair.Value.Row));
        var changed = now.Where(pair => _known.TryGetValue(pair.Key, out var was) && was.Shown != pair.Value.Shown)
            .Select(pair => ("changed", pair.Key, pair.Value.Row));
        var went = _known.Where(pair => !listing.OnlyGrows && !now.ContainsKey(pair.Key))
            .Select(pair => ("deleted", pair.Key, pair.Value.Row));
        (string Event, string Name, JsonElement Row)[] events = [.. came, .. changed, .. went];
        _known = now;
        await Tell(events, isFirst);
    }

    private async Task Tell((string Event, string Name, JsonElement Row)[] events, bool isFirst)
    {
        if (call.Json || call.Format == Formats.Name)
        {
            foreach (var (what, resource, row) in events)
            {
                if (call.Format == Formats.Name)
                {
                    call.Line($"{what} {resource}");
                }
                else
                {
                    call.RawLine($$"""{"event":"{{what}}","object":{{row.GetRawText()}}}""");
                }
            }

            return;
        }

        JsonElement[] rows = [.. events.Select(one => one.Row)];
        var table = await (call.Format == Formats.Wide ? listing.Wide(rows) : listing.Table(rows));
        var told = new Table(["EVENT", .. table.Header]);
        foreach (var (one, cells) in events.Zip(table.Rows))
        {
            told.Add([one.Event, .. cells]);
        }

        if (!told.IsEmpty)
        {
            foreach (var line in told.Lines(Terminal.Columns).Skip(isFirst ? 0 : 1))
            {
                call.Line(line);
            }
        }
        else if (isFirst)
        {
            call.Note("nothing there yet; watching");
        }
    }
}
