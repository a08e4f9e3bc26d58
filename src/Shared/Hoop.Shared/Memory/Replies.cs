using System.Threading.Channels;
using Npgsql;

namespace Hoop.Shared.Memory;

/// <summary>What this gateway confirms to others, sent over the pool, so that the session that listens only listens.</summary>
internal sealed class Replies(NpgsqlDataSource pool)
{
    private const int MostTogether = 256;

    // What is lost is asked for again.
    private readonly Channel<(string Channel, string Payload)> _waiting =
        Channel.CreateBounded<(string, string)>(new BoundedChannelOptions(4096) { FullMode = BoundedChannelFullMode.DropOldest });

    /// <summary>Never blocks.</summary>
    public void Add(Guid process, Announcement reply) => _waiting.Writer.TryWrite((Announcement.ChannelOf(process), reply.Text()));

    /// <summary>Sends what has gathered.</summary>
    public async Task Round(CancellationToken stop)
    {
        await _waiting.Reader.WaitToReadAsync(stop);
        var together = new List<(string, string)>();
        while (together.Count < MostTogether && _waiting.Reader.TryRead(out var reply))
        {
            together.Add(reply);
        }

        try
        {
            await using var connection = await pool.OpenConnectionAsync(stop);
            await GatewayRows.Tell(connection, together, stop);
        }
        catch
        {
            foreach (var reply in together)
            {
                _waiting.Writer.TryWrite(reply);
            }

            throw;
        }
    }
}
