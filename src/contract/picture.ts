import { z } from 'zod';

/** Body of `POST /api/x/pictures`, which answers with the picture's bytes. */
export const pictureQuestion = z.object({ url: z.string().min(1).max(4_096) });
