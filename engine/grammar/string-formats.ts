/**
 * Formats of strings as regular expressions. Each describes texts that meet the format; where a format has rare forms, such
 * as comments in an e-mail address, those are not written.
 */
const octet = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
const ipv4 = `${octet}(?:\\.${octet}){3}`;
const group = '[\\da-fA-F]{1,4}';
/** With one gap of `::`, so many groups before and behind it that fewer than eight are written. */
const gapped = Array.from({ length: 8 }, (_, before) => {
  const head = before === 0 ? ':' : `(?:${group}:){${before}}`;
  const room = 7 - before;
  return room === 0 ? `${head}:` : `${head}:(?:${group}(?::${group}){0,${room - 1}})?`;
});
const leapYear = '(?:\\d\\d(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)';
const date =
  '(?:\\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)|02-(?:0[1-9]|1\\d|2[0-8]))' +
  `|${leapYear}-02-29)`;
const clock = '(?:[01]\\d|2[0-3]):[0-5]\\d';
const time = `${clock}:[0-5]\\d(?:\\.\\d{1,9})?(?:Z|[+-]${clock})`;
const label = '[a-zA-Z\\d](?:[a-zA-Z\\d-]{0,61}[a-zA-Z\\d])?';
const hostname = `${label}(?:\\.${label})*`;
const pathCharacter = "(?:[a-zA-Z\\d._~!$&'()*+,;=:@-]|%[\\dA-Fa-f]{2})";
const path = `(?:/${pathCharacter}*)*`;
const tail = `(?:\\?(?:${pathCharacter}|[/?])*)?(?:#(?:${pathCharacter}|[/?])*)?`;
const uri = `[a-zA-Z][a-zA-Z\\d+.-]*:(?://(?:${hostname})(?::\\d{1,5})?${path}|${pathCharacter}+${path})${tail}`;
const dateDuration = '\\d+Y(?:\\d+M(?:\\d+D)?)?|\\d+M(?:\\d+D)?|\\d+D';
const timeDuration = 'T(?:\\d+H(?:\\d+M(?:\\d+S)?)?|\\d+M(?:\\d+S)?|\\d+S)';

export const formats: Readonly<Record<string, string>> = {
  date: `^${date}$`,
  time: `^${time}$`,
  'date-time': `^${date}T${time}$`,
  duration: `^P(?:(?:${dateDuration})(?:${timeDuration})?|${timeDuration}|\\d+W)$`,
  uuid: '^[\\da-fA-F]{8}(?:-[\\da-fA-F]{4}){3}-[\\da-fA-F]{12}$',
  email: `^[a-zA-Z\\d_+-]+(?:\\.[a-zA-Z\\d_+-]+)*@${label}(?:\\.${label})*\\.[a-zA-Z]{2,24}$`,
  hostname: `^${hostname}$`,
  ipv4: `^${ipv4}$`,
  ipv6: `^(?:(?:${group}:){7}${group}|${gapped.join('|')})$`,
  uri: `^${uri}$`,
  'uri-reference': `^(?:${uri}|${pathCharacter}*${path}${tail})$`,
  base64: '^(?:[A-Za-z\\d+/]{4})*(?:[A-Za-z\\d+/]{2}==|[A-Za-z\\d+/]{3}=)?$',
  base64url: '^[A-Za-z\\d_-]*$',
  'json-pointer': '^(?:/(?:[^/~]|~[01])*)*$',
};
