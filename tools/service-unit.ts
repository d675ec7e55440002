/** The units by which systemd runs the daemon: packaging/systemd/ has them as a package would, `install-service` as they fit here. */

export interface ServicePlaces {
  /** Words of the command before its options: the program, or Node and the program. Absolute. */
  readonly command: readonly string[];
  /** The settings' file. Absolute. */
  readonly config: string;
}

export interface UserServicePlaces extends ServicePlaces {
  /** Absolute. */
  readonly data: string;
}

/** Where a package for a whole system has everything. */
export const PACKAGED: ServicePlaces = {
  command: ['/usr/bin/varve'],
  config: '/etc/varve/varve.toml',
};

/** Of a system service: systemd makes it for the daemon's user. */
export const SYSTEM_DATA = '/var/lib/varve';

export const SERVICE_NAME = 'varve.service';
export const SOCKET_NAME = 'varve.socket';

const UNIT = [
  '[Unit]',
  'Description=Varve, Amazon DynamoDB on a machine of your own',
  'After=network.target local-fs.target',
  '# Five starts in five minutes: what fails again and again needs a person.',
  'StartLimitIntervalSec=5min',
  'StartLimitBurst=5',
];

/** What holds for every service, with why. */
const LIFE = [
  '',
  '# Ready means: recovered, and listening. The messages come from a child of the daemon (systemd-notify).',
  'Type=notify',
  'NotifyAccess=all',
  '# Recovery reads what is not in tables yet: seconds, but more on a slow disk.',
  'TimeoutStartSec=10min',
  '# The daemon gives requests in flight 10 s (the setting "drain"), and closes its logs afterwards.',
  'TimeoutStopSec=90s',
  '# Pings come from the event loop: none for so long means that it hangs.',
  'WatchdogSec=60s',
  'Restart=on-failure',
  'RestartSec=1s',
  '# 2 is a setting that makes no sense: starting again does not help.',
  'RestartPreventExitStatus=2',
  'ExecReload=/bin/kill -HUP $MAINPID',
  '# Only the daemon is told to stop; its helper ends with it.',
  'KillMode=mixed',
  '',
  '# A quarter of the descriptors is for logs, one for each partition at least; tables and clients share the rest.',
  'LimitNOFILE=65536',
  '# What is acknowledged is on disk, so that being killed loses nothing; but leave room above the settings',
  '# block-cache, memtables and twice requests together, and some 300 MB for the rest.',
  '#MemoryMax=2G',
  '#CPUQuota=200%',
];

/** What any user may ask of systemd. */
const MODEST_HARDENING = [
  'NoNewPrivileges=yes',
  'LockPersonality=yes',
  'RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX',
  'RestrictNamespaces=yes',
  'RestrictRealtime=yes',
  'RestrictSUIDSGID=yes',
  'SystemCallArchitectures=native',
  'SystemCallFilter=@system-service @pkey',
  'SystemCallFilter=~@resources @privileged',
  '# For the setting socket-group, which also needs SupplementaryGroups=.',
  'SystemCallFilter=@chown',
  'SystemCallErrorNumber=EPERM',
  'UMask=0077',
  '# Node compiles while it runs.',
  'MemoryDenyWriteExecute=no',
];

const FULL_HARDENING = [
  '# A user of its own, made when it is needed; the data is always its own.',
  'DynamicUser=yes',
  'CapabilityBoundingSet=',
  'AmbientCapabilities=',
  'DevicePolicy=closed',
  'PrivateDevices=yes',
  'PrivateTmp=yes',
  'ProtectClock=yes',
  'ProtectControlGroups=yes',
  'ProtectHome=yes',
  'ProtectHostname=yes',
  'ProtectKernelLogs=yes',
  'ProtectKernelModules=yes',
  'ProtectKernelTunables=yes',
  'ProtectProc=invisible',
  'ProtectSystem=strict',
  'RemoveIPC=yes',
  ...MODEST_HARDENING,
];

export function systemService(places: ServicePlaces): string {
  return lines([
    ...UNIT,
    '',
    '[Service]',
    ...start(places, SYSTEM_DATA),
    "# Made when missing, and the daemon's own.",
    'StateDirectory=varve',
    'StateDirectoryMode=0700',
    'RuntimeDirectory=varve',
    ...LIFE,
    '# Data first, when memory is scarce.',
    'OOMScoreAdjust=-100',
    '',
    ...FULL_HARDENING,
    '',
    '[Install]',
    'WantedBy=multi-user.target',
  ]);
}

/** Only what a user may ask for. */
export function userService(places: UserServicePlaces): string {
  return lines([
    ...UNIT,
    '',
    '[Service]',
    ...start(places, places.data),
    ...LIFE,
    '',
    ...MODEST_HARDENING,
    '',
    '[Install]',
    'WantedBy=default.target',
  ]);
}

export function socketUnit(): string {
  return lines([
    '# Socket activation: systemd listens, and starts the daemon with the first connection. Clients that come while the',
    '# daemon starts, or starts again, wait. The settings host and port do not count then.',
    '[Unit]',
    'Description=Sockets of Varve',
    '',
    '[Socket]',
    'ListenStream=127.0.0.1:8000',
    '# A Unix socket beside it (instead of the setting "socket"); which is which is told by their families.',
    '#ListenStream=/run/varve.sock',
    '#SocketMode=0660',
    'Backlog=1024',
    'NoDelay=yes',
    '',
    '[Install]',
    'WantedBy=sockets.target',
  ]);
}

function start({ command, config }: ServicePlaces, data: string): string[] {
  return [
    `ExecStart=${command.map(commandWord).join(' ')} serve`,
    `Environment=${quoted(`VARVE_CONFIG=${config}`)}`,
    `Environment=${quoted(`VARVE_DATA=${data}`)}`,
  ];
}

/** In a command a dollar would name a variable. */
function commandWord(text: string): string {
  return quoted(text.replaceAll('$', '$$$$'));
}

/** systemd.syntax(7); a percent sign begins a specifier. */
function quoted(text: string): string {
  const escaped = text.replaceAll('%', '%%').replaceAll(/[\\"]/g, '\\$&');
  return /^[\w@%+=:,./$-]+$/.test(escaped) ? escaped : `"${escaped}"`;
}

function lines(content: readonly string[]): string {
  return `${content.join('\n')}\n`;
}
