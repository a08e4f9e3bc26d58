using Hoop.Cli;
using Hoop.Cli.Agent.Execution;
using Hoop.Cli.Output;

if (args is ["start", "agent", ..] && OperatingSystem.IsLinux())
{
    ProcessImage.CloseDiagnostics();
}

return await HoopCommand.Run(args, Standard.Output(), Standard.Error());
