using Hoop.Cli;
using Hoop.Cli.Output;

return await HoopCommand.Run(args, Standard.Output(), Standard.Error());
