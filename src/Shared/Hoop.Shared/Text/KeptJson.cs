using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Hoop.Shared.Text;

/// <summary>A writer of JSON and its buffer, which the thread keeps for the next one.</summary>
internal sealed class KeptJson
{
    /// <summary>In bytes. A buffer that grew beyond it is not kept.</summary>
    public const int Largest = 64 * 1024;

    [ThreadStatic]
    private static KeptJson? kept;

    private readonly JavaScriptEncoder? _encoder;
    private readonly ArrayBufferWriter<byte> _bytes = new(1024);

    private KeptJson(JavaScriptEncoder? encoder)
    {
        _encoder = encoder;
        Writer = new Utf8JsonWriter(_bytes, new JsonWriterOptions { Encoder = encoder, SkipValidation = true });
    }

    public Utf8JsonWriter Writer { get; }

    /// <summary>What was written, once the writer was flushed; good until <see cref="GiveBack"/>.</summary>
    public ReadOnlyMemory<byte> Written => _bytes.WrittenMemory;

    /// <summary>Nobody else's until it is given back; what is not, because something failed, is simply lost.</summary>
    public static KeptJson Take(JavaScriptEncoder? encoder)
    {
        var taken = kept is { } mine && mine._encoder == encoder ? mine : new KeptJson(encoder);
        kept = null;
        return taken;
    }

    public void GiveBack()
    {
        if (_bytes.Capacity <= Largest)
        {
            _bytes.ResetWrittenCount();
            Writer.Reset();
            kept = this;
        }
    }
}
