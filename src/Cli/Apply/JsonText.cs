using System.Text.Encodings.Web;
using System.Text.Json;

namespace Hoop.Cli.Apply;

/// <summary>JSON for people: letters as they are.</summary>
internal static class JsonText
{
    public static readonly JsonSerializerOptions Relaxed = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        TypeInfoResolver = Hoop.Client.HoopJson.Default,
    };
}
